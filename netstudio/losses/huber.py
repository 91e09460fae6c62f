"""Huber: squared for small errors, straight for large ones."""

from netstudio.graph.params import Float
from netstudio.losses.base import Loss, like, mean_of_last
from netstudio.ops import Ops, Value


class Huber(Loss):
    """For predicting numbers in the presence of outliers: squared for small errors, straight for large ones.

    With e = prediction - target, the loss is e² / 2 where |e| is at most delta and delta · (|e| - delta / 2) beyond,
    averaged over the last axis. Prediction and target have one shape; where that is (1,), the target may be (). Huber,
    1964.
    """

    keywords = ("smooth l1", "regression", "robust", "outliers")
    keras, torch, onnx = "Huber", "HuberLoss", None

    delta = Float(1.0, above=0.0, doc="Up to which error the loss is squared.")

    def per_sample(self, ops: Ops, pred: Value, target: Value) -> Value:
        size = ops.abs(pred - like(ops, target, pred))
        # With s the part of the error up to delta, s² / 2 + delta · (|e| - s) is both branches in one.
        small = ops.minimum(size, self.delta)
        return mean_of_last(ops, ops.square(small) * 0.5 + (size - small) * self.delta)
