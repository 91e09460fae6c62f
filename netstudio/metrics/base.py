"""The base of every metric."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netstudio.graph.declared import Declared
from netstudio.ops import Ops, Value


class Metric(Declared, abstract=True):
    """A figure that says how good predictions are.

    The program adds up `totals` over the batches of an epoch, in double precision; `result` makes the figure of the
    sums, so that it is the figure of the whole epoch and not a mean over batches.
    `pred` is what the loss compares (for a cross-entropy from logits, the logits: `from_logits` tells).
    """

    @property
    def key(self) -> str:
        """The name in the history, Keras's: "accuracy"."""
        return self.name

    @abstractmethod
    def totals(self, ops: Ops, pred: Value, target: Value, from_logits: bool) -> Sequence[Value]:
        """What to add up: values of any shape, (batch, ...) already summed."""

    @abstractmethod
    def result(self, totals: Sequence[NDArray[np.float64]]) -> float:
        """The figure, from the sums of `totals`."""


Totals = Sequence[NDArray[Any]]
