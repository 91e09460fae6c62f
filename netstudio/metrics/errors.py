"""How far predicted numbers are off."""

from __future__ import annotations

from math import sqrt

from netstudio.metrics.base import MeanMetric, Totals
from netstudio.metrics.shapes import like
from netstudio.ops import Ops, Value


class MeanAbsoluteError(MeanMetric):
    """The mean size of the errors: mean |prediction - target|."""

    aliases = ("mae", "mean_absolute_error")

    def values(self, ops: Ops, pred: Value, target: Value, from_logits: bool) -> Value:
        return ops.abs(pred - like(ops, self.name, target, pred))


class MeanSquaredError(MeanMetric):
    """The mean of the squared errors: mean (prediction - target)²."""

    aliases = ("mse", "mean_squared_error")

    def values(self, ops: Ops, pred: Value, target: Value, from_logits: bool) -> Value:
        return ops.square(pred - like(ops, self.name, target, pred))


class RootMeanSquaredError(MeanSquaredError):
    """The root of the mean squared error, in the target's own unit."""

    aliases = ("rmse", "root_mean_squared_error")

    def result(self, totals: Totals) -> float:
        return sqrt(super().result(totals))
