"""Metrics that count hits, false alarms and misses."""

from __future__ import annotations

import copy
from abc import abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, Self

import numpy as np
from numpy.typing import NDArray

from netstudio.graph.params import Choice
from netstudio.metrics.accuracy import BinaryAccuracy, threshold_param
from netstudio.metrics.base import Metric, Totals
from netstudio.metrics.shapes import cut, labels, like, one_hot
from netstudio.ops import Ops, Value

if TYPE_CHECKING:
    from netstudio.losses.base import Loss

Counts = NDArray[np.float64]


class Confusion(Metric, abstract=True):
    """A figure made of the true positives, false positives and false negatives of each class.

    Where a sample has one value, or the loss asks yes or no of each (BinaryCrossentropy), yes is what is above the
    threshold. Otherwise the values are classes: the largest is yes, the others no, and the target holds class numbers
    or is one-hot.
    """

    _each_alone: bool = False

    threshold = threshold_param()
    average = Choice(
        ("macro", "micro"),
        "macro",
        doc='Over several classes: "macro" is the mean of their figures, "micro" the figure of the summed counts.',
    )

    def resolve(self, loss: Loss) -> Self:
        other = copy.copy(self)
        other._each_alone = loss.accuracy == BinaryAccuracy.name
        return other

    def totals(self, ops: Ops, pred: Value, target: Value, from_logits: bool) -> Sequence[Value]:
        said, right = self._yes_or_no(ops, pred, target, from_logits)
        over = tuple(range(said.ndim - 1))
        hits = ops.sum(said * right, over)
        return hits, ops.sum(said, over) - hits, ops.sum(right, over) - hits

    def _yes_or_no(self, ops: Ops, pred: Value, target: Value, from_logits: bool) -> tuple[Value, Value]:
        """What was said and what is right, 0 or 1, (batch, ..., classes)."""
        if self._each_alone or pred.ndim == 1 or pred.shape[-1] == 1:
            said, right = ops.greater(pred, cut(self.threshold, from_logits)), like(ops, self.name, target, pred)
            return (said, right) if pred.ndim > 1 else (_column(ops, said), _column(ops, right))
        classes = pred.shape[-1]
        if target.shape != pred.shape:
            target = one_hot(ops, labels(ops, self.name, target, pred), classes)
        return one_hot(ops, ops.argmax(pred), classes), target

    def result(self, totals: Totals) -> float:
        hits, alarms, misses = (np.asarray(t, dtype=np.float64) for t in totals)
        if self.average == "micro":
            hits, alarms, misses = hits.sum(), alarms.sum(), misses.sum()
        part, whole = self.fraction(hits, alarms, misses)
        return float(np.mean(np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)))

    @abstractmethod
    def fraction(self, hits: Counts, alarms: Counts, misses: Counts) -> tuple[Counts, Counts]:
        """(part, whole) of the figure for each class; a class of which nothing was seen counts 0."""


def _column(ops: Ops, x: Value) -> Value:
    return ops.reshape(x, (*x.shape, 1))


class Precision(Confusion):
    """How often a yes is right: true positives / (true positives + false positives)."""

    aliases = ("precision",)

    def fraction(self, hits: Counts, alarms: Counts, misses: Counts) -> tuple[Counts, Counts]:
        return hits, hits + alarms


class Recall(Confusion):
    """How many of the right answers are found: true positives / (true positives + false negatives)."""

    aliases = ("recall",)

    def fraction(self, hits: Counts, alarms: Counts, misses: Counts) -> tuple[Counts, Counts]:
        return hits, hits + misses


class F1Score(Confusion):
    """Precision and recall in one figure, their harmonic mean: 2 tp / (2 tp + fp + fn)."""

    aliases = ("f1_score", "f1")

    def fraction(self, hits: Counts, alarms: Counts, misses: Counts) -> tuple[Counts, Counts]:
        return 2.0 * hits, 2.0 * hits + alarms + misses
