"""CategoricalCrossentropy: one class of several, given as probabilities."""

from netstudio.errors import ShapeError
from netstudio.graph.tensor import TensorSpec
from netstudio.losses.base import Loss, like
from netstudio.losses.classes import as_logits, from_logits_param, label_smoothing_param, require_classes
from netstudio.ops import Ops, Value


class CategoricalCrossentropy(Loss):
    """For choosing one class of several, where the target holds a probability for each class (one-hot).

    The loss is -sum(target · log(prediction)) over the classes; with label smoothing s the target is
    target · (1 - s) + s / classes. Prediction and target (..., classes).
    """

    keywords = ("cross entropy", "crossentropy", "classification", "one-hot", "softmax", "multiclass", "soft labels")
    keras, torch, onnx = "CategoricalCrossentropy", "CrossEntropyLoss", "SoftmaxCrossEntropyLoss"
    accuracy = "CategoricalAccuracy"

    from_logits = from_logits_param("softmax")
    label_smoothing = label_smoothing_param()

    def check_shapes(self, pred: TensorSpec, target: TensorSpec) -> None:
        require_classes(pred)
        if target.shape == pred.shape[:-1] and target.dtype == "int":
            raise ShapeError(
                f"the prediction has the shape {pred.shape} and the target {target.shape}; expected a probability for "
                "each class: one-hot encode the target, or use SparseCategoricalCrossentropy for class numbers",
                "target",
            )
        super().check_shapes(pred, target)

    def per_sample(self, ops: Ops, pred: Value, target: Value) -> Value:
        target = like(ops, target, pred)
        if self.label_smoothing:
            target = target * (1.0 - self.label_smoothing) + self.label_smoothing / pred.shape[-1]
        return ops.softmax_cross_entropy(as_logits(ops, pred, self.from_logits), target)
