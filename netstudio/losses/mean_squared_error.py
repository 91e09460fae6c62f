"""MeanSquaredError: large errors count most."""

from netstudio.losses.base import Loss, like, mean_of_last
from netstudio.ops import Ops, Value


class MeanSquaredError(Loss):
    """For predicting numbers: the mean of the squared errors, so that large errors count most.

    The loss is mean((prediction - target)²) over the last axis. Prediction and target have one shape; where that is
    (1,), the target may be ().
    """

    keywords = ("mse", "l2", "regression", "least squares", "quadratic")
    keras, torch, onnx = "MeanSquaredError", "MSELoss", None

    def per_sample(self, ops: Ops, pred: Value, target: Value) -> Value:
        return mean_of_last(ops, ops.square(pred - like(ops, target, pred)))
