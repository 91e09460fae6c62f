"""How many answers of each kind there were, over all classes."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence

from netstudio.metrics.base import Totals
from netstudio.metrics.confusion import YesOrNo
from netstudio.ops import Ops, Value


class Count(YesOrNo, abstract=True):
    """How many answers are of one kind."""

    def totals(self, ops: Ops, pred: Value, target: Value, from_logits: bool) -> Sequence[Value]:
        said, right, _ = self.said_and_right(ops, pred, target, from_logits)
        return (ops.sum(self.counted(said, right)),)

    def result(self, totals: Totals) -> float:
        return float(totals[0])

    @abstractmethod
    def counted(self, said: Value, right: Value) -> Value:
        """1 for each answer of the kind, else 0."""


class TruePositives(Count):
    """How often yes was said and right."""

    aliases = ("true_positives",)
    rises = True

    def counted(self, said: Value, right: Value) -> Value:
        return said * right


class TrueNegatives(Count):
    """How often no was said and right."""

    aliases = ("true_negatives",)
    rises = True

    def counted(self, said: Value, right: Value) -> Value:
        return (1.0 - said) * (1.0 - right)


class FalsePositives(Count):
    """How often yes was said and wrong."""

    aliases = ("false_positives",)

    def counted(self, said: Value, right: Value) -> Value:
        return said * (1.0 - right)


class FalseNegatives(Count):
    """How often no was said and wrong."""

    aliases = ("false_negatives",)

    def counted(self, said: Value, right: Value) -> Value:
        return (1.0 - said) * right
