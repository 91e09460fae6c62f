"""Metrics that count hits, false alarms and misses."""

from __future__ import annotations

import copy
from abc import abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, Self

import numpy as np
from numpy.typing import NDArray

from netstudio.errors import ShapeError
from netstudio.graph.params import Choice, Float, Int
from netstudio.metrics.accuracy import BinaryAccuracy, threshold_param
from netstudio.metrics.base import Metric, Totals
from netstudio.metrics.shapes import answers, said_yes
from netstudio.ops import Ops, Value

if TYPE_CHECKING:
    from netstudio.losses.base import Loss

Counts = NDArray[np.float64]


class YesOrNo(Metric, abstract=True):
    """A figure made of what was said and what is right.

    Where a sample has one value, or the loss asks yes or no of each (BinaryCrossentropy), yes is what is above the
    threshold. Otherwise the values are classes: the largest is yes, the others no, and the target holds class numbers
    or is one-hot.
    """

    _each_alone: bool = False

    threshold = threshold_param()

    def resolve(self, loss: Loss) -> Self:
        other = copy.copy(self)
        other._each_alone = loss.accuracy == BinaryAccuracy.name
        return other

    def said_and_right(self, ops: Ops, pred: Value, target: Value, from_logits: bool) -> tuple[Value, Value, bool]:
        """What was said and what is right, 0 or 1, (batch, ..., n); whether the n are classes."""
        pred, right, classes = answers(ops, self.name, pred, target, self._each_alone)
        return said_yes(ops, pred, classes, self.threshold, from_logits), right, classes


class Confusion(YesOrNo, abstract=True):
    """A figure made of the true positives, false positives and false negatives of each class."""

    rises = True

    average = Choice(
        ("macro", "micro", "weighted"),
        "macro",
        doc='Over several classes: "macro" is the mean of their figures, "weighted" the mean by the classes\' sizes, '
        '"micro" the figure of the summed counts.',
    )
    class_id = Int(None, minimum=0, doc="The only class that counts, by its number.")

    def totals(self, ops: Ops, pred: Value, target: Value, from_logits: bool) -> Sequence[Value]:
        said, right, _ = self.said_and_right(ops, pred, target, from_logits)
        if self.class_id is not None:
            said, right = self._chosen(ops, said), self._chosen(ops, right)
        over = tuple(range(said.ndim - 1))
        hits = ops.sum(said * right, over)
        return hits, ops.sum(said, over) - hits, ops.sum(right, over) - hits

    def _chosen(self, ops: Ops, x: Value) -> Value:
        if self.class_id >= x.shape[-1]:
            raise ShapeError(
                f"{self.name}: class_id is {self.class_id}; the prediction has the classes 0 to {x.shape[-1] - 1}"
            )
        return ops.slice(x, -1, self.class_id, self.class_id + 1)

    def result(self, totals: Totals) -> float:
        hits, alarms, misses = (np.asarray(t, dtype=np.float64) for t in totals)
        often = hits + misses
        if self.average == "micro":
            hits, alarms, misses = hits.sum(), alarms.sum(), misses.sum()
        part, whole = self.fraction(hits, alarms, misses)
        each = np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)
        if self.average == "weighted":
            return float((each * often).sum() / often.sum()) if often.sum() else 0.0
        return float(np.mean(each))

    @abstractmethod
    def fraction(self, hits: Counts, alarms: Counts, misses: Counts) -> tuple[Counts, Counts]:
        """(part, whole) of the figure for each class; a class of which nothing was seen counts 0."""


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


class FBetaScore(Confusion):
    """Precision and recall in one figure, recall counting beta times as much.

    (1 + beta²) tp / ((1 + beta²) tp + beta² fn + fp).
    """

    aliases = ("fbeta_score",)

    beta = Float(1.0, above=0.0, doc="How much more recall counts than precision.")

    def fraction(self, hits: Counts, alarms: Counts, misses: Counts) -> tuple[Counts, Counts]:
        square = self.beta**2
        return (1.0 + square) * hits, (1.0 + square) * hits + square * misses + alarms
