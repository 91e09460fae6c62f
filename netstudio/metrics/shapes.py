"""Bringing targets into the form that a metric compares."""

from __future__ import annotations

from math import log

from netstudio.errors import ShapeError
from netstudio.ops import Ops, Value


def like(ops: Ops, name: str, target: Value, pred: Value) -> Value:
    """The target in the shape of the prediction, where a last axis of one value may be missing from either."""
    if target.shape == pred.shape:
        return target
    if target.shape in ((*pred.shape, 1), pred.shape[:-1] if pred.shape[-1] == 1 and pred.ndim > 1 else None):
        return ops.reshape(target, pred.shape)
    raise ShapeError(
        f"{name}: the prediction has the shape {pred.shape[1:]} and the target {target.shape[1:]}; expected equal "
        "shapes: choose another metric, or accuracy, which follows the loss"
    )


def labels(ops: Ops, name: str, target: Value, pred: Value) -> Value:
    """Class numbers (batch, ...) for a prediction (batch, ..., classes)."""
    places = pred.shape[:-1]
    if pred.ndim > 1 and target.shape == places:
        return target
    if pred.ndim > 1 and target.shape == (*places, 1):
        return ops.reshape(target, places)
    raise ShapeError(
        f"{name}: the prediction has the shape {pred.shape[1:]} and the target {target.shape[1:]}; expected a "
        "prediction (..., classes) and class numbers (...): choose another metric, or accuracy, which follows the loss"
    )


def one_hot(ops: Ops, labels: Value, classes: int) -> Value:
    """(batch, ...) class numbers to (batch, ..., classes) of 0 and 1."""
    return ops.equal(ops.reshape(labels, (*labels.shape, 1)), ops.constant([float(i) for i in range(classes)]))


def answers(ops: Ops, name: str, pred: Value, target: Value, each_alone: bool) -> tuple[Value, Value, bool]:
    """(prediction, what is right, whether the last axis holds classes of which one is right), both (batch, ..., n).

    Each value answers yes or no by itself where `each_alone`, or where there is but one a sample; otherwise they are
    classes, and the target holds class numbers or is one-hot.
    """
    if each_alone or pred.ndim == 1 or pred.shape[-1] == 1:
        right = like(ops, name, target, pred)
        return (pred, right, False) if pred.ndim > 1 else (_column(ops, pred), _column(ops, right), False)
    if target.shape != pred.shape:
        target = one_hot(ops, labels(ops, name, target, pred), pred.shape[-1])
    return pred, target, True


def _column(ops: Ops, x: Value) -> Value:
    return ops.reshape(x, (*x.shape, 1))


def said_yes(ops: Ops, pred: Value, classes: bool, threshold: float, from_logits: bool) -> Value:
    """1 where the prediction says yes, else 0: what is above the threshold, or the largest of classes."""
    if classes:
        return one_hot(ops, ops.argmax(pred), pred.shape[-1])
    return ops.greater(pred, cut(threshold, from_logits))


def cut(threshold: float, from_logits: bool) -> float:
    """The probability `threshold` as predictions have it: sigmoid(log(t / (1 - t))) is t."""
    return log(threshold / (1.0 - threshold)) if from_logits else threshold
