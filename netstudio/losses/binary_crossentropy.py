"""BinaryCrossentropy: yes or no, for one question or several."""

from netstudio.graph.tensor import TensorSpec
from netstudio.losses.base import EPSILON, Loss, like, mean_of_last
from netstudio.losses.classes import (
    class_weight_param,
    from_logits_param,
    label_smoothing_param,
    require_weights,
    smoothed_answer,
)
from netstudio.ops import Ops, Value


class BinaryCrossentropy(Loss):
    """For answering yes or no, to one question or to several at once.

    The loss is -(target · log p + (1 - target) · log(1 - p)), averaged over the last axis; with label smoothing s the
    target is target · (1 - s) + s / 2. `class_weight` has two numbers, for no and for yes.
    Prediction and target have one shape; where that is (1,), the target may be ().
    """

    keywords = (
        "cross entropy",
        "crossentropy",
        "classification",
        "bce",
        "log loss",
        "sigmoid",
        "multilabel",
        "logistic",
    )
    keras, torch, onnx = "BinaryCrossentropy", "BCELoss", None
    accuracy = "BinaryAccuracy"

    from_logits = from_logits_param("sigmoid")
    label_smoothing = label_smoothing_param()
    class_weight = class_weight_param()

    def check_shapes(self, pred: TensorSpec, target: TensorSpec) -> None:
        super().check_shapes(pred, target)
        require_weights(self.class_weight, 2, pred)

    def per_sample(self, ops: Ops, pred: Value, target: Value) -> Value:
        target = like(ops, target, pred)
        each = self._entropy(ops, pred, smoothed_answer(target, self.label_smoothing))
        if self.class_weight is not None:
            no, yes = self.class_weight
            each = each * (target * (yes - no) + no)
        return mean_of_last(ops, each)

    def _entropy(self, ops: Ops, pred: Value, target: Value) -> Value:
        logits = pred if self.from_logits else ops.logits(pred, "sigmoid")
        if logits is not None:
            # log p = logit - softplus(logit) and log(1 - p) = -softplus(logit)
            return ops.softplus(logits) - logits * target
        p = ops.clip(pred, EPSILON, 1.0 - EPSILON)
        return -(target * ops.log(p) + (1.0 - target) * ops.log(1.0 - p))
