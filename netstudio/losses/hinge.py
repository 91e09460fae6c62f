"""Hinge: yes or no with a margin, as support vector machines have it."""

from netstudio.losses.base import Loss, mean_of_last
from netstudio.losses.margins import missing_margin
from netstudio.ops import Ops, Value


class Hinge(Loss):
    """For answering yes or no with a margin: nothing is lost where the score is on the right side by 1.

    The loss is max(1 - target · prediction, 0), averaged over the last axis, for targets of -1 and 1; a batch of
    targets that are all 0 or 1 is taken as such. Prediction and target have one shape; where that is (1,), the target
    may be (). As keras.losses.Hinge; Cortes and Vapnik, 1995.
    """

    keywords = ("svm", "margin", "classification", "max-margin")
    keras, torch, onnx = "Hinge", None, None

    def per_sample(self, ops: Ops, pred: Value, target: Value) -> Value:
        return mean_of_last(ops, missing_margin(ops, pred, target))
