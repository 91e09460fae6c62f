"""The base of every metric."""

from __future__ import annotations

import copy
import re
from abc import abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from netstudio.graph.declared import Declared
from netstudio.losses.base import mask_beside
from netstudio.ops import Ops, Value

if TYPE_CHECKING:
    from netstudio.losses.base import Loss

Totals = Sequence[NDArray[np.float64]]


class Metric(Declared, abstract=True):
    """A figure that says how good predictions are.

    The program adds up `totals` over the batches of an epoch, in double precision; `result` makes the figure of the
    sums, so that it is the figure of the whole epoch and not a mean over batches. `pred` is what the loss compares (for
    a cross-entropy from logits, the logits: `from_logits` tells). `rises` says that more is better.
    """

    rises: ClassVar[bool] = False
    _key: str | None = None

    @property
    def key(self) -> str:
        """The name in the history, Keras's: the class's in snake case, or the short name it was asked for by."""
        return self._key or snake_case(self.name)

    def under(self, key: str) -> Self:
        """The same metric with that name in the history."""
        other = copy.copy(self)
        other._key = key
        return other

    def resolve(self, loss: Loss) -> Metric:
        """The metric that this one stands for beside that loss: itself, but for those that leave the choice open."""
        return self

    @abstractmethod
    def totals(self, ops: Ops, pred: Value, target: Value, from_logits: bool) -> Sequence[Value]:
        """What to add up: values of any shape, (batch, ...) already summed. ShapeError where the two don't fit."""

    @abstractmethod
    def result(self, totals: Totals) -> float:
        """The figure, from the sums of `totals`; 0 where nothing was counted."""


class MeanMetric(Metric, abstract=True):
    """The mean of one value for each place that counts: where the prediction has a mask, padding does not."""

    @abstractmethod
    def values(self, ops: Ops, pred: Value, target: Value, from_logits: bool) -> Value:
        """The value of each place, (batch, ...)."""

    def totals(self, ops: Ops, pred: Value, target: Value, from_logits: bool) -> Sequence[Value]:
        values = self.values(ops, pred, target, from_logits)
        mask = mask_beside(ops, values)
        if mask is None:
            return ops.sum(values), ops.constant(float(np.prod(values.shape)))
        alike = float(np.prod(values.shape) / np.prod(mask.shape))  # values that the mask tells of at once
        return ops.sum(ops.where(mask, values, 0.0)), ops.sum(mask) * alike

    def result(self, totals: Totals) -> float:
        total, count = totals
        return ratio(float(total), float(count))


def ratio(part: float, whole: float) -> float:
    """part / whole, or 0 where there is no whole."""
    return part / whole if whole else 0.0


def snake_case(name: str) -> str:
    """ "TopKCategoricalAccuracy" as "top_k_categorical_accuracy", as Keras names metrics."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()
