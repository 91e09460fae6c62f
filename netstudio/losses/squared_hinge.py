"""SquaredHinge: a margin whose lack counts squared."""

from netstudio.losses.base import Loss, mean_of_last
from netstudio.losses.margins import missing_margin
from netstudio.ops import Ops, Value


class SquaredHinge(Loss):
    """For answering yes or no with a margin: as Hinge, but what lacks of the margin counts squared.

    The loss is max(1 - target · prediction, 0)², averaged over the last axis, for targets of -1 and 1; a batch of
    targets that are all 0 or 1 is taken as such. Prediction and target have one shape; where that is (1,), the target
    may be (). As keras.losses.SquaredHinge.
    """

    keywords = ("svm", "margin", "classification", "l2-svm")
    keras, torch, onnx = "SquaredHinge", None, None

    def per_sample(self, ops: Ops, pred: Value, target: Value) -> Value:
        return mean_of_last(ops, ops.square(missing_margin(ops, pred, target)))
