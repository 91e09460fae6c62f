"""BinaryCrossentropy: yes or no, for one question or several."""

from netstudio.losses.base import EPSILON, Loss, like, mean_of_last
from netstudio.losses.classes import from_logits_param, label_smoothing_param
from netstudio.ops import Ops, Value


class BinaryCrossentropy(Loss):
    """For answering yes or no, to one question or to several at once.

    The loss is -(target · log p + (1 - target) · log(1 - p)), averaged over the last axis; with label smoothing s the
    target is target · (1 - s) + s / 2. Prediction and target have one shape; where that is (1,), the target may be ().
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

    def per_sample(self, ops: Ops, pred: Value, target: Value) -> Value:
        target = like(ops, target, pred)
        if self.label_smoothing:
            target = target * (1.0 - self.label_smoothing) + 0.5 * self.label_smoothing
        logits = pred if self.from_logits else ops.logits(pred, "sigmoid")
        if logits is not None:
            # log p = logit - softplus(logit) and log(1 - p) = -softplus(logit)
            return mean_of_last(ops, ops.softplus(logits) - logits * target)
        p = ops.clip(pred, EPSILON, 1.0 - EPSILON)
        return mean_of_last(ops, -(target * ops.log(p) + (1.0 - target) * ops.log(1.0 - p)))
