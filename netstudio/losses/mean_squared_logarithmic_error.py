"""MeanSquaredLogarithmicError: errors by their ratio."""

from netstudio.losses.base import EPSILON, Loss, like, mean_of_last
from netstudio.ops import Ops, Value


class MeanSquaredLogarithmicError(Loss):
    """For predicting positive numbers of very different sizes: the squared error of their logarithms.

    The loss is mean((log(1 + prediction) - log(1 + target))²) over the last axis, both at least 1e-7. Prediction and
    target have one shape; where that is (1,), the target may be (). As keras.losses.MeanSquaredLogarithmicError.
    """

    keywords = ("msle", "log error", "ratio", "regression")
    keras, torch, onnx = "MeanSquaredLogarithmicError", None, None

    def per_sample(self, ops: Ops, pred: Value, target: Value) -> Value:
        apart = _logarithm(ops, pred) - _logarithm(ops, like(ops, target, pred))
        return mean_of_last(ops, ops.square(apart))


def _logarithm(ops: Ops, x: Value) -> Value:
    return ops.elementwise("log1p", ops.maximum(x, EPSILON))
