"""CosineSimilarity: whether two vectors point the same way."""

from netstudio.errors import ShapeError
from netstudio.graph.params import Int
from netstudio.graph.tensor import TensorSpec
from netstudio.losses.base import Loss, like
from netstudio.losses.classes import require_classes
from netstudio.losses.vectors import normalised
from netstudio.ops import Ops, Value


class CosineSimilarity(Loss):
    """For predicting a direction: -1 where prediction and target point the same way, 1 where they are opposed.

    The loss is -sum(prediction · target) / (|prediction| · |target|) along the axis; a length below 1e-7 counts as
    1e-7. Prediction and target have one shape, with an axis at least. As keras.losses.CosineSimilarity.
    """

    keywords = ("cosine", "embedding", "direction", "similarity", "angle")
    keras, torch, onnx = "CosineSimilarity", "CosineEmbeddingLoss", None

    axis = Int(-1, doc="Which axis holds the vectors, the batch counting as 0.")

    def check_shapes(self, pred: TensorSpec, target: TensorSpec) -> None:
        require_classes(pred)
        super().check_shapes(pred, target)
        axes = len(pred.shape) + 1
        if not -axes < self.axis < axes or self.axis == 0:
            raise ShapeError(
                f"the prediction has the shape {pred.shape} and axis is {self.axis}; expected 1 to {axes - 1}, or "
                f"-1 to -{axes - 1}: change axis",
                "pred",
            )

    def per_sample(self, ops: Ops, pred: Value, target: Value) -> Value:
        product = normalised(ops, pred, self.axis) * normalised(ops, like(ops, target, pred), self.axis)
        return -ops.sum(product, self.axis)
