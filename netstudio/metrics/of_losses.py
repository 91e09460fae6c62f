"""Metrics that are a loss's formula, taken over the whole epoch and without the loss's weights."""

from __future__ import annotations

from typing import ClassVar

from netstudio.graph.params import Float
from netstudio.losses import (
    binary_crossentropy,
    categorical_crossentropy,
    categorical_hinge,
    cosine_similarity,
    hinge,
    kl_divergence,
    log_cosh,
    mean_absolute_percentage_error,
    mean_squared_logarithmic_error,
    poisson,
    sparse_categorical_crossentropy,
    squared_hinge,
)
from netstudio.losses.base import Loss
from netstudio.metrics.base import MeanMetric
from netstudio.metrics.shapes import labels, like
from netstudio.ops import Ops, Value


class LossMetric(MeanMetric, abstract=True):
    """The mean of a loss over all places."""

    loss: ClassVar[type[Loss]]

    def values(self, ops: Ops, pred: Value, target: Value, from_logits: bool) -> Value:
        return self.made(from_logits).per_sample(ops, pred, like(ops, self.name, target, pred))

    def made(self, from_logits: bool) -> Loss:
        """The loss with its parameters."""
        return self.loss()


class Hinge(LossMetric):
    """What lacks of the margin of 1: mean max(1 - target · prediction, 0)."""

    aliases = ("hinge",)
    loss = hinge.Hinge


class SquaredHinge(LossMetric):
    """What lacks of the margin of 1, squared: mean max(1 - target · prediction, 0)²."""

    aliases = ("squared_hinge",)
    loss = squared_hinge.SquaredHinge


class CategoricalHinge(LossMetric):
    """How far the right class's score lacks a lead of 1 over all others, for one-hot targets."""

    aliases = ("categorical_hinge",)
    loss = categorical_hinge.CategoricalHinge


class KLDivergence(LossMetric):
    """The information that is lost where the prediction stands for the target."""

    aliases = ("kl_divergence", "kld")
    loss = kl_divergence.KLDivergence


class LogCoshError(LossMetric):
    """The mean of log(cosh(prediction - target))."""

    aliases = ("logcosh", "log_cosh_error")
    loss = log_cosh.LogCosh


class Poisson(LossMetric):
    """The mean of prediction - target · log(prediction), for counts."""

    aliases = ("poisson",)
    loss = poisson.Poisson


class MeanAbsolutePercentageError(LossMetric):
    """The mean size of the errors in percent of the target."""

    aliases = ("mape", "mean_absolute_percentage_error")
    loss = mean_absolute_percentage_error.MeanAbsolutePercentageError


class MeanSquaredLogarithmicError(LossMetric):
    """The mean of the squared differences of log(1 + prediction) and log(1 + target)."""

    aliases = ("msle", "mean_squared_logarithmic_error")
    loss = mean_squared_logarithmic_error.MeanSquaredLogarithmicError


class CosineSimilarity(LossMetric):
    """Whether prediction and target point the same way: the mean cosine of the angle between them, from -1 to 1."""

    aliases = ("cosine_similarity",)
    rises = True
    loss = cosine_similarity.CosineSimilarity

    def values(self, ops: Ops, pred: Value, target: Value, from_logits: bool) -> Value:
        return -super().values(ops, pred, target, from_logits)


class _Crossentropy(LossMetric, abstract=True):
    label_smoothing = Float(0.0, minimum=0.0, maximum=1.0, doc="How far targets are moved towards even odds.")

    def made(self, from_logits: bool) -> Loss:
        return self.loss(from_logits=from_logits, label_smoothing=self.label_smoothing)


class BinaryCrossentropy(_Crossentropy):
    """The mean surprise at the right answers to yes or no."""

    aliases = ("binary_crossentropy", "bce")
    loss = binary_crossentropy.BinaryCrossentropy


class CategoricalCrossentropy(_Crossentropy):
    """The mean surprise at the right class, for one-hot targets."""

    aliases = ("categorical_crossentropy",)
    loss = categorical_crossentropy.CategoricalCrossentropy


class SparseCategoricalCrossentropy(LossMetric):
    """The mean surprise at the right class, for targets that are class numbers."""

    aliases = ("sparse_categorical_crossentropy",)
    loss = sparse_categorical_crossentropy.SparseCategoricalCrossentropy

    def values(self, ops: Ops, pred: Value, target: Value, from_logits: bool) -> Value:
        return self.loss(from_logits=from_logits).per_sample(ops, pred, labels(ops, self.name, target, pred))
