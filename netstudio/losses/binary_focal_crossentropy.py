"""BinaryFocalCrossentropy: yes or no, with the hard cases in focus."""

from netstudio.graph.params import Bool, Float
from netstudio.losses.base import EPSILON, Loss, like, mean_of_last
from netstudio.losses.classes import from_logits_param, label_smoothing_param, smoothed_answer
from netstudio.losses.focal import gamma_param, in_focus
from netstudio.ops import Ops, Value


class BinaryFocalCrossentropy(Loss):
    """For answering yes or no where one answer is rare: what is told easily counts little.

    The loss is (1 - q)^gamma times the binary cross-entropy, where q is the probability given to the right answer,
    averaged over the last axis; with balancing times alpha where the answer is yes and 1 - alpha where it is no.
    Prediction and target have one shape; where that is (1,), the target may be (). As
    keras.losses.BinaryFocalCrossentropy; Lin et al., 2017.
    """

    keywords = ("focal loss", "imbalance", "detection", "classification", "sigmoid", "rare")
    keras, torch, onnx = "BinaryFocalCrossentropy", None, None
    accuracy = "BinaryAccuracy"

    apply_class_balancing = Bool(False, doc="Weigh yes by alpha and no by 1 - alpha.")
    alpha = Float(0.25, minimum=0.0, maximum=1.0, doc="How much yes counts, where answers are balanced.")
    gamma = gamma_param()
    from_logits = from_logits_param("sigmoid")
    label_smoothing = label_smoothing_param()

    def per_sample(self, ops: Ops, pred: Value, target: Value) -> Value:
        target = smoothed_answer(like(ops, target, pred), self.label_smoothing)
        logits = pred if self.from_logits else ops.logits(pred, "sigmoid")
        if logits is not None:
            p = ops.sigmoid(logits)
            entropy = ops.softplus(logits) - logits * target
        else:
            p = ops.clip(pred, EPSILON, 1.0 - EPSILON)
            entropy = -(target * ops.log(p) + (1.0 - target) * ops.log(1.0 - p))
        loss = in_focus(ops, target * (1.0 - p) + (1.0 - target) * p, self.gamma) * entropy
        if self.apply_class_balancing:
            loss = loss * (target * (2.0 * self.alpha - 1.0) + (1.0 - self.alpha))
        return mean_of_last(ops, loss)
