"""Top-k accuracy: how often the right class is among the likeliest."""

from __future__ import annotations

from netstudio.graph.params import Int
from netstudio.metrics.base import MeanMetric
from netstudio.metrics.shapes import labels, like, one_hot
from netstudio.ops import Ops, Value


def k_param() -> Int:
    return Int(5, minimum=1, doc="How many of the likeliest classes count.")


class TopKCategoricalAccuracy(MeanMetric):
    """How often the right class is among the k likeliest, for one-hot targets.

    The class is among them where fewer than k others are strictly likelier. Prediction and target (..., classes).
    """

    aliases = ("top_k_categorical_accuracy",)
    rises = True

    k = k_param()

    def values(self, ops: Ops, pred: Value, target: Value, from_logits: bool) -> Value:
        return in_top_k(ops, pred, ops.argmax(like(ops, self.name, target, pred)), self.k)


class SparseTopKCategoricalAccuracy(MeanMetric):
    """How often the right class is among the k likeliest, for targets that are class numbers.

    The class is among them where fewer than k others are strictly likelier. Prediction (..., classes), target (...).
    """

    aliases = ("sparse_top_k_categorical_accuracy",)
    rises = True

    k = k_param()

    def values(self, ops: Ops, pred: Value, target: Value, from_logits: bool) -> Value:
        return in_top_k(ops, pred, labels(ops, self.name, target, pred), self.k)


def in_top_k(ops: Ops, pred: Value, labels: Value, k: int) -> Value:
    """1 where the labelled class is among the k largest of its row, else 0, (batch, ...)."""
    classes = pred.shape[-1]
    right = ops.sum(ops.where(one_hot(ops, labels, classes), pred, 0.0), -1, keepdims=True)
    # Counting what is not larger, rather than what is, makes a NaN a miss.
    not_larger = ops.sum(ops.elementwise("le", pred, right), -1)
    return ops.greater(not_larger, float(classes - k))
