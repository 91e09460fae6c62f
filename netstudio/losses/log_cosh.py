"""LogCosh: squared for small errors, straight for large ones, without a corner."""

from math import log

from netstudio.losses.base import Loss, like, mean_of_last
from netstudio.ops import Ops, Value


class LogCosh(Loss):
    """For predicting numbers in the presence of outliers: like e² / 2 near 0, like |e| - log 2 far from it.

    With e = prediction - target, the loss is log(cosh(e)) = |e| + softplus(-2 |e|) - log 2, which can't overflow,
    averaged over the last axis. Prediction and target have one shape; where that is (1,), the target may be (). As
    keras.losses.LogCosh.
    """

    keywords = ("regression", "robust", "outliers", "smooth l1")
    keras, torch, onnx = "LogCosh", None, None

    def per_sample(self, ops: Ops, pred: Value, target: Value) -> Value:
        size = ops.abs(pred - like(ops, target, pred))
        return mean_of_last(ops, size + ops.softplus(size * -2.0) - log(2.0))
