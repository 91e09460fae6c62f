"""Poisson: counts."""

from netstudio.losses.base import EPSILON, Loss, like, mean_of_last
from netstudio.ops import Ops, Value


class Poisson(Loss):
    """For predicting counts: the prediction is the rate of a Poisson distribution, so it must be positive.

    The loss is prediction - target · log(max(prediction, 0) + 1e-7), averaged over the last axis: the negative
    logarithm of the likelihood, but for what does not depend on the prediction.
    Prediction and target have one shape; where that is (1,), the target may be (). As keras.losses.Poisson.
    """

    keywords = ("counts", "rate", "regression", "events")
    keras, torch, onnx = "Poisson", "PoissonNLLLoss", None

    def per_sample(self, ops: Ops, pred: Value, target: Value) -> Value:
        return mean_of_last(ops, pred - like(ops, target, pred) * ops.log(ops.maximum(pred, 0.0) + EPSILON))
