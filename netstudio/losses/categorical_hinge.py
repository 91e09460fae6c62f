"""CategoricalHinge: the right class ahead of all others by a margin."""

from netstudio.graph.tensor import TensorSpec
from netstudio.losses.base import Loss, like
from netstudio.losses.classes import require_one_hot
from netstudio.ops import Ops, Value


class CategoricalHinge(Loss):
    """For choosing one class of several: the right one's score must be ahead of all others by 1.

    The loss is max(1 + max((1 - target) · prediction) - sum(target · prediction), 0) over the classes. Prediction and
    target (..., classes), the target one-hot. As keras.losses.CategoricalHinge.
    """

    keywords = ("svm", "margin", "classification", "one-hot", "multiclass")
    keras, torch, onnx = "CategoricalHinge", None, None
    accuracy = "CategoricalAccuracy"

    def check_shapes(self, pred: TensorSpec, target: TensorSpec) -> None:
        require_one_hot(pred, target)
        super().check_shapes(pred, target)

    def per_sample(self, ops: Ops, pred: Value, target: Value) -> Value:
        target = like(ops, target, pred)
        others = ops.max((1.0 - target) * pred, -1)
        return ops.relu(others - ops.sum(target * pred, -1) + 1.0)
