"""Metrics over all thresholds at once: areas under curves, and the best of one figure where another is good enough."""

from __future__ import annotations

import copy
from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, Self

import numpy as np
from numpy.typing import NDArray

from netstudio.graph.params import Bool, Choice, Float, Int
from netstudio.metrics.accuracy import BinaryAccuracy
from netstudio.metrics.base import Metric, Totals
from netstudio.metrics.shapes import answers
from netstudio.ops import Ops, Value

if TYPE_CHECKING:
    from netstudio.losses.base import Loss

Array = NDArray[np.float64]
EDGE = 1e-7  # the first threshold lies below 0 and the last above 1 by this much, as in Keras


@dataclass(frozen=True)
class Curve:
    """Hits and false alarms at each threshold (..., thresholds), rising; how often yes and no are right (..., 1)."""

    hits: Array
    alarms: Array
    yes: Array
    no: Array

    @property
    def recall(self) -> Array:
        return over(self.hits, self.yes)

    @property
    def fall_out(self) -> Array:
        """The share of false alarms among what is no."""
        return over(self.alarms, self.no)

    @property
    def precision(self) -> Array:
        return over(self.hits, self.hits + self.alarms)


def over(part: Array, whole: Array) -> Array:
    """part / whole, or 0 where there is no whole."""
    whole = np.broadcast_to(whole, part.shape)
    return np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)


class Thresholds(Metric, abstract=True):
    """A figure made of hits and false alarms at thresholds from 0 to 1.

    Where a sample has one value, or the loss asks yes or no of each (BinaryCrossentropy), each value is an answer. Of
    two classes the second is yes; of more, each is asked for by itself, and all answers are taken together.
    """

    rises = True
    _each_alone: bool = False

    num_thresholds = Int(200, minimum=2, maximum=100_000, doc="How many thresholds there are.")

    def resolve(self, loss: Loss) -> Self:
        other = copy.copy(self)
        other._each_alone = loss.accuracy == BinaryAccuracy.name
        return other

    def thresholds(self) -> list[float]:
        last = self.num_thresholds - 1
        return [-EDGE, *(i / last for i in range(1, last)), 1.0 + EDGE]

    def totals(self, ops: Ops, pred: Value, target: Value, from_logits: bool) -> Sequence[Value]:
        pred, right, classes = answers(ops, self.name, pred, target, self._each_alone)
        if from_logits:
            pred = ops.softmax(pred) if classes else ops.sigmoid(pred)
        if classes and pred.shape[-1] == 2:
            pred, right = (ops.slice(x, -1, 1, 2) for x in (pred, right))
        columns = (pred.shape[-1],) if self.apart() else ()
        rows = prod(pred.shape) // prod(columns)
        pred, right = (ops.reshape(x, (rows, *columns, 1)) for x in (pred, right))
        said = ops.greater(pred, ops.constant(self.thresholds()))
        return (
            ops.sum(said * right, 0),
            ops.sum(said * (1.0 - right), 0),
            ops.sum(right, 0),
            ops.sum(1.0 - right, 0),
        )

    def apart(self) -> bool:
        """Whether each of several answers has a curve of its own."""
        return False

    def result(self, totals: Totals) -> float:
        hits, alarms, yes, no = (np.asarray(t, np.float64) for t in totals)
        # From the highest threshold on: counts rise.
        return self.figure(Curve(hits[..., ::-1], alarms[..., ::-1], yes, no))

    @abstractmethod
    def figure(self, curve: Curve) -> float:
        """The figure; 0 where yes or no is never right."""


class AUC(Thresholds):
    """The area under a curve: of recall over false alarms (ROC), or of precision over recall (PR).

    1 for answers that a threshold tells apart without fail; by chance 0.5 for ROC, and for PR the share of what is yes.
    As keras.metrics.AUC, which takes `num_thresholds` points of the curve; PR with interpolation follows Davis and
    Goadrich, 2006.
    """

    aliases = ("auc",)

    curve = Choice(("ROC", "PR"), "ROC", doc="Which curve.")
    summation_method = Choice(
        ("interpolation", "minoring", "majoring"),
        "interpolation",
        doc="What stands between two points: what lies between them, the lower or the higher one.",
    )
    multi_label = Bool(False, doc="Take the mean of each class's area rather than the area of all answers together.")

    def apart(self) -> bool:
        return self.multi_label

    def figure(self, curve: Curve) -> float:
        if self.curve == "PR" and self.summation_method == "interpolation":
            return float(np.mean(_precision_area(curve)))
        x, y = (curve.fall_out, curve.recall) if self.curve == "ROC" else (curve.recall, curve.precision)
        low, high = y[..., :-1], y[..., 1:]
        heights = {
            "interpolation": (low + high) / 2.0,
            "minoring": np.minimum(low, high),
            "majoring": np.maximum(low, high),
        }[self.summation_method]
        return float(np.mean((np.diff(x) * heights).sum(-1)))


def _precision_area(curve: Curve) -> Array:
    """The area under the PR curve where hits rise evenly with what is said between two points."""
    hits, said = curve.hits, curve.hits + curve.alarms
    slope = over(np.diff(hits), np.diff(said))
    offset = hits[..., :-1] - slope * said[..., :-1]
    growth = np.where(said[..., :-1] > 0, over(said[..., 1:], said[..., :-1]), 1.0)
    area = slope * (np.diff(hits) + offset * np.log(np.maximum(growth, 1.0)))
    return np.asarray(over(area, curve.yes).sum(-1))


class _Best(Thresholds, abstract=True):
    """The best of one figure over the thresholds at which another is good enough; 0 where it nowhere is."""

    def figure(self, curve: Curve) -> float:
        wanted, bound, least = self.traded(curve)
        return float(wanted[bound >= least].max(initial=0.0))

    @abstractmethod
    def traded(self, curve: Curve) -> tuple[Array, Array, float]:
        """(the figure, the other, the least that the other must be)."""


def least_param(what: str) -> Float:
    return Float(0.5, minimum=0.0, maximum=1.0, doc=f"The least {what} that is good enough.")


class SensitivityAtSpecificity(_Best):
    """The best share of yes that is found, where at least so large a share of no is told as no."""

    aliases = ("sensitivity_at_specificity",)

    specificity = least_param("specificity")

    def traded(self, curve: Curve) -> tuple[Array, Array, float]:
        return curve.recall, over(curve.no - curve.alarms, curve.no), self.specificity


class SpecificityAtSensitivity(_Best):
    """The best share of no that is told as no, where at least so large a share of yes is found."""

    aliases = ("specificity_at_sensitivity",)

    sensitivity = least_param("sensitivity")

    def traded(self, curve: Curve) -> tuple[Array, Array, float]:
        return over(curve.no - curve.alarms, curve.no), curve.recall, self.sensitivity


class PrecisionAtRecall(_Best):
    """The best precision where recall is good enough."""

    aliases = ("precision_at_recall",)

    recall = least_param("recall")

    def traded(self, curve: Curve) -> tuple[Array, Array, float]:
        return curve.precision, curve.recall, self.recall


class RecallAtPrecision(_Best):
    """The best recall where precision is good enough."""

    aliases = ("recall_at_precision",)

    precision = least_param("precision")

    def traded(self, curve: Curve) -> tuple[Array, Array, float]:
        return curve.recall, curve.precision, self.precision
