"""CTC: a sequence of labels that nobody has aligned with the steps."""

from __future__ import annotations

from math import inf, nan
from typing import NamedTuple

from netstudio.errors import ShapeError
from netstudio.graph.params import Bool
from netstudio.graph.tensor import TensorSpec
from netstudio.losses.base import Loss
from netstudio.ops import Ops, Value

NOWHERE = -1e30  # the logarithm of a probability of nothing
NO_WAY = 1e29  # a loss above this: no way through the steps reads as the target


class CTC(Loss):
    """For reading text or speech: the labels in their order, where nobody has said at which step each stands.

    The loss is -log of the summed probability of all ways to read the target from the steps: at each step one class,
    where a class that stays counts once and class 0, the blank, stands for nothing. Prediction (steps, classes) of
    scores that no softmax has seen; target (labels,) of class numbers from 1, filled up with 0 at its end. A target
    that has too many labels for the steps has an infinite loss, which ends training, unless `zero_infinity` leaves it
    out. As keras.losses.CTC; Graves et al., "Connectionist Temporal Classification", 2006.
    """

    keywords = ("speech", "handwriting", "ocr", "alignment", "sequence", "transcription", "connectionist temporal")
    keras, torch, onnx = "CTC", "CTCLoss", None
    mend = (
        "its targets must hold classes that there are, and no more labels than there are steps (one step more for each "
        "label that repeats the one before it); shorten them, or set zero_infinity"
    )

    zero_infinity = Bool(False, doc="Let targets that can't be read from so few steps count nothing.")

    def check_shapes(self, pred: TensorSpec, target: TensorSpec) -> None:
        if len(pred.shape) != 2 or pred.shape[1] < 2:
            raise ShapeError(
                f"the prediction has the shape {pred.shape}; expected (steps, classes), the classes being the blank "
                "and one label at least: change the last layer",
                "pred",
            )
        if len(target.shape) != 1 or target.dtype != "int":
            raise ShapeError(
                f"the target has the shape {target.shape} and holds {target.dtype} numbers; expected (labels,) of "
                'class numbers, filled up with 0: set the shape of the Target and its dtype to "int"',
                "target",
            )

    def places(self, pred: TensorSpec) -> tuple[int, ...]:
        return ()

    def per_sample(self, ops: Ops, pred: Value, target: Value) -> Value:
        blanks, labels = _log_chances(ops, pred, target)
        skips = _skips(ops, target)
        ways = _start(ops, blanks[0], labels[0])
        for blank, label in zip(blanks[1:], labels[1:], strict=True):
            ways = _stepped(ops, ways, blank, label, skips)
        loss = -_at_end(ops, ways, target)
        return ops.where(ops.greater(loss, NO_WAY), 0.0 if self.zero_infinity else inf, loss)


class _Ways(NamedTuple):
    """The log of the chance of all ways that end so far in the blank before label i, and in label i, (batch, n + 1).

    Behind the last label there is a blank, and in its row of labels a place that nothing reads.
    """

    blank: Value
    label: Value


def _log_chances(ops: Ops, pred: Value, target: Value) -> tuple[list[Value], list[Value]]:
    """At each step that of the blank (batch, 1), and that of each label (batch, n + 1)."""
    batch, _steps, classes = pred.shape
    scores = ops.transpose(ops.log_softmax(pred), (1, 0, 2))
    is_of = ops.equal(
        ops.reshape(target, (batch, target.shape[1], 1)), ops.constant([float(c) for c in range(classes)])
    )
    label = ops.einsum("tbc,blc->tbl", scores, is_of)
    label = ops.where(ops.sum(is_of, -1), label, nan)  # there is no such class
    return _steps_of(ops, ops.slice(scores, 2, 0, 1)), _steps_of(ops, ops.pad(label, (0, 0, 0), (0, 0, 1)))


def _steps_of(ops: Ops, x: Value) -> list[Value]:
    """(steps, ...) apart, by halves: the way back then adds up halves, not the whole at every step."""
    if x.shape[0] == 1:
        return [ops.reshape(x, x.shape[1:])]
    half = x.shape[0] // 2
    return [*_steps_of(ops, ops.slice(x, 0, 0, half)), *_steps_of(ops, ops.slice(x, 0, half, x.shape[0]))]


def _skips(ops: Ops, target: Value) -> Value:
    """1 where a label may follow the one before it without a blank between: where they differ; (batch, n + 1)."""
    count = target.shape[1]
    if count == 1:
        return ops.broadcast_to(ops.constant(0.0), (target.shape[0], 2))
    differ = ops.elementwise("ne", ops.slice(target, 1, 1, count), ops.slice(target, 1, 0, count - 1))
    return ops.pad(differ, (0, 1), (0, 1))


def _start(ops: Ops, blank: Value, label: Value) -> _Ways:
    """The first step is the blank or the first label."""
    first = ops.constant([1.0] + [0.0] * (label.shape[1] - 1))
    return _Ways(ops.where(first, blank, NOWHERE), ops.where(first, label, NOWHERE))


def _stepped(ops: Ops, ways: _Ways, blank: Value, label: Value, skips: Value) -> _Ways:
    """A blank follows itself or the label before it; a label itself, the blank before it, or the label before that."""
    batch, count = label.shape
    nothing = ops.broadcast_to(ops.constant(NOWHERE), (batch, 1))
    before = ops.concatenate([nothing, ops.slice(ways.label, 1, 0, count - 1)], 1)
    skipped = ops.where(skips, before, NOWHERE)
    return _Ways(blank + _log_sum(ops, ways.blank, before), label + _log_sum(ops, ways.label, ways.blank, skipped))


def _at_end(ops: Ops, ways: _Ways, target: Value) -> Value:
    """The ways that end in the last label, or in the blank behind it, (batch,)."""
    batch, count = ways.label.shape
    length = ops.sum(ops.elementwise("ne", target, 0.0), 1, keepdims=True)
    place = ops.constant([float(i) for i in range(count)])
    blank = ops.where(ops.equal(length, place), ways.blank, 0.0)
    label = ops.where(ops.equal(length - 1.0, place), ways.label, 0.0)
    last = ops.where(length, ops.sum(label, 1, keepdims=True), NOWHERE)
    return ops.reshape(_log_sum(ops, ops.sum(blank, 1, keepdims=True), last), (batch,))


def _log_sum(ops: Ops, *logs: Value) -> Value:
    """log(sum(exp(x))) over values of one shape."""
    largest = logs[0]
    for x in logs[1:]:
        largest = ops.maximum(largest, x)
    largest = ops.stop_gradient(largest)
    total = ops.exp(logs[0] - largest)
    for x in logs[1:]:
        total = total + ops.exp(x - largest)
    return ops.log(total) + largest
