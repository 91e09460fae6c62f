"""MeanAbsoluteError: every error counts by its size."""

from netstudio.losses.base import Loss, like, mean_of_last
from netstudio.ops import Ops, Value


class MeanAbsoluteError(Loss):
    """For predicting numbers: the mean size of the errors, which outliers sway little.

    The loss is mean(|prediction - target|) over the last axis. Prediction and target have one shape; where that is
    (1,), the target may be ().
    """

    keywords = ("mae", "l1", "regression", "robust", "median")
    keras, torch, onnx = "MeanAbsoluteError", "L1Loss", None

    def per_sample(self, ops: Ops, pred: Value, target: Value) -> Value:
        return mean_of_last(ops, ops.abs(pred - like(ops, target, pred)))
