"""Accuracy: how often predictions are right."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netstudio.errors import ParamError
from netstudio.graph.params import Float
from netstudio.metrics.base import MeanMetric, Metric
from netstudio.metrics.shapes import cut, labels, like
from netstudio.ops import Ops, Value

if TYPE_CHECKING:
    from netstudio.losses.base import Loss


def threshold_param() -> Float:
    return Float(0.5, above=0.0, below=1.0, doc="The probability above which the answer is yes.")


class BinaryAccuracy(MeanMetric):
    """How often yes or no is right: the share of values on the target's side of the threshold.

    Prediction and target have one shape.
    """

    aliases = ("binary_accuracy",)
    rises = True

    threshold = threshold_param()

    def values(self, ops: Ops, pred: Value, target: Value, from_logits: bool) -> Value:
        yes = ops.greater(pred, cut(self.threshold, from_logits))
        return ops.equal(yes, like(ops, self.name, target, pred))


class CategoricalAccuracy(MeanMetric):
    """How often the likeliest class is the right one, for one-hot targets.

    Prediction and target (..., classes).
    """

    aliases = ("categorical_accuracy",)
    rises = True

    def values(self, ops: Ops, pred: Value, target: Value, from_logits: bool) -> Value:
        return ops.equal(ops.argmax(pred), ops.argmax(like(ops, self.name, target, pred)))


class SparseCategoricalAccuracy(MeanMetric):
    """How often the likeliest class is the right one, for targets that are class numbers.

    Prediction (..., classes), target (...).
    """

    aliases = ("sparse_categorical_accuracy",)
    rises = True

    def values(self, ops: Ops, pred: Value, target: Value, from_logits: bool) -> Value:
        return ops.equal(ops.argmax(pred), labels(ops, self.name, target, pred))


class Accuracy(MeanMetric):
    """How often predictions are right, in the sense of the loss.

    Beside a cross-entropy it stands for BinaryAccuracy, CategoricalAccuracy or SparseCategoricalAccuracy. By itself it
    is the share of values that equal the target exactly.
    """

    aliases = ("accuracy", "acc")
    rises = True

    def resolve(self, loss: Loss) -> Metric:
        """The accuracy that fits `loss`; ParamError where it has none, as in regression."""
        for choice in (BinaryAccuracy, CategoricalAccuracy, SparseCategoricalAccuracy):
            if choice.name == loss.accuracy:
                return choice().under(self.key)
        raise ParamError(
            f"accuracy says nothing beside {loss.name}, which predicts numbers; expected a metric such as mae or rmse",
            "metrics",
        )

    def values(self, ops: Ops, pred: Value, target: Value, from_logits: bool) -> Value:
        return ops.equal(pred, like(ops, self.name, target, pred))
