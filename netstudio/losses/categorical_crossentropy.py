"""CategoricalCrossentropy: one class of several, given as probabilities."""

from netstudio.graph.tensor import TensorSpec
from netstudio.losses.base import Loss, like
from netstudio.losses.classes import (
    as_logits,
    class_weight_param,
    from_logits_param,
    label_smoothing_param,
    require_one_hot,
    require_weights,
    smoothed_classes,
)
from netstudio.ops import Ops, Value


class CategoricalCrossentropy(Loss):
    """For choosing one class of several, where the target holds a probability for each class (one-hot).

    The loss is -sum(target · log(prediction)) over the classes; with label smoothing s the target is
    target · (1 - s) + s / classes; with class weights it is multiplied by
    sum(target · class_weight). Prediction and target (..., classes).
    """

    keywords = ("cross entropy", "crossentropy", "classification", "one-hot", "softmax", "multiclass", "soft labels")
    keras, torch, onnx = "CategoricalCrossentropy", "CrossEntropyLoss", "SoftmaxCrossEntropyLoss"
    accuracy = "CategoricalAccuracy"

    from_logits = from_logits_param("softmax")
    label_smoothing = label_smoothing_param()
    class_weight = class_weight_param()

    def check_shapes(self, pred: TensorSpec, target: TensorSpec) -> None:
        require_one_hot(pred, target)
        super().check_shapes(pred, target)
        require_weights(self.class_weight, pred.shape[-1], pred)

    def per_sample(self, ops: Ops, pred: Value, target: Value) -> Value:
        target = like(ops, target, pred)
        smoothed = smoothed_classes(target, self.label_smoothing)
        each = ops.softmax_cross_entropy(as_logits(ops, pred, self.from_logits), smoothed)
        if self.class_weight is None:
            return each
        return each * ops.sum(target * ops.constant(self.class_weight), -1)
