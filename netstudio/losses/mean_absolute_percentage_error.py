"""MeanAbsolutePercentageError: errors in percent of the target."""

from netstudio.losses.base import EPSILON, Loss, like, mean_of_last
from netstudio.ops import Ops, Value


class MeanAbsolutePercentageError(Loss):
    """For predicting positive numbers of very different sizes: the mean error in percent of the target.

    The loss is 100 · mean(|prediction - target| / max(|target|, 1e-7)) over the last axis. Prediction and target have
    one shape; where that is (1,), the target may be (). As keras.losses.MeanAbsolutePercentageError.
    """

    keywords = ("mape", "percent", "relative error", "regression")
    keras, torch, onnx = "MeanAbsolutePercentageError", None, None

    def per_sample(self, ops: Ops, pred: Value, target: Value) -> Value:
        target = like(ops, target, pred)
        return mean_of_last(ops, ops.abs(pred - target) / ops.maximum(ops.abs(target), EPSILON)) * 100.0
