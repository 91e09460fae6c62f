"""The base of every loss."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping
from contextlib import suppress
from math import prod
from typing import ClassVar

from netstudio.errors import ShapeError
from netstudio.graph.node_type import NodeType, Port
from netstudio.graph.params import Float
from netstudio.graph.problems import FeedBy, Hint, InsertBefore
from netstudio.graph.tensor import TensorSpec
from netstudio.ops import Ops, Value

EPSILON = 1e-7  # Keras's: how far a probability stays from 0 and 1 before its logarithm is taken


class Objective(NodeType, abstract=True):
    """A node type whose output is one number, which training makes small; the total is the sum of them all."""

    category = "loss"
    icon = "loss"
    without = {"torch": "PyTorch has no such loss", "onnx": "an exported model predicts and has no loss"}
    accuracy: ClassVar[str | None] = None
    mend: ClassVar[str] = "try a smaller learning rate"  # what helps where it is the first to become infinite

    weight = Float(1.0, minimum=0.0, doc="How much this loss counts in the total.")

    of_batch: Callable[..., Value]

    def caption(self) -> str:
        return "" if self.weight == 1.0 else f"× {self.weight:g}"


class Loss(Objective, abstract=True):
    """A node type that says how far a prediction is from its target; its output is the mean over the batch.

    `per_sample(ops, pred, target)` gives the loss of each sample (and of each place, where a sample has several). It is
    multiplied by what is wired into `sample_weight`; the mean of that, times `weight`, is what training makes small.
    Where the prediction has a mask, the mean is that of the places that count, as in Keras.
    `accuracy` names the metric that "accuracy" stands for here.
    """

    inputs: ClassVar[tuple[Port, ...]] = (
        Port("pred", "The prediction."),
        Port("target", "What it should be."),
        Port("sample_weight", "How much each sample, or each place of it, counts.", optional=True),
    )
    uses_mask = True

    def infer(self, pred: TensorSpec, target: TensorSpec, sample_weight: TensorSpec | None = None) -> TensorSpec:
        if pred.dtype != "float":
            raise ShapeError(
                f"the prediction of the shape {pred.shape} holds integers; expected what a layer gives", "pred"
            )
        self.check_shapes(pred, target)
        if sample_weight is not None:
            self._check_weights(_without_unit(sample_weight.shape), self.places(pred))
        return TensorSpec(())

    def _check_weights(self, given: tuple[int, ...], places: tuple[int, ...]) -> None:
        if given != places[: len(given)]:
            raise ShapeError(
                f"the sample weights have the shape {given}; expected (), one for each sample"
                + (f", or {places}, one for each place" if places else ""),
                "sample_weight",
            )

    def unfed(self, port: str, given: Mapping[str, TensorSpec]) -> Hint | None:
        """A Target that suits the prediction: answers of its shape, or the numbers of the right classes."""
        pred = given.get("pred")
        if port != "target" or pred is None:
            return None
        for target in (TensorSpec(pred.shape), TensorSpec(pred.shape[:-1], "int")):
            with suppress(ShapeError):
                self.infer(pred, target)
                return FeedBy("Target", {"shape": list(target.shape), "dtype": target.dtype})
        return None

    def places(self, pred: TensorSpec) -> tuple[int, ...]:
        """The shape of the loss of one sample: () where it is one number."""
        return pred.shape[:-1]

    def check_shapes(self, pred: TensorSpec, target: TensorSpec) -> None:
        """ShapeError unless the two can be compared; losses that compare like with like take equal shapes.

        A last axis of one value may be missing from either.
        """
        if _without_unit(pred.shape) != _without_unit(target.shape):
            hints = (InsertBefore("Flatten"),) if target.shape == (pred.size,) else ()
            raise ShapeError(
                f"the prediction has the shape {pred.shape} and the target {target.shape}; expected equal shapes: "
                "change the last layer or the shape of the Target",
                "pred" if hints else "target",
                hints,
            )

    @abstractmethod
    def per_sample(self, ops: Ops, pred: Value, target: Value) -> Value:
        """(batch, ...) predictions and their targets to the loss of each, (batch, ...)."""

    def of_batch(self, ops: Ops, pred: Value, target: Value, sample_weight: Value | None = None) -> Value:
        """The mean of the loss of each, one number."""
        each = self.per_sample(ops, pred, target)
        mask = mask_beside(ops, each)
        if mask is not None:
            each = self.leave_out(ops, each, target, mask)
        if sample_weight is not None:
            each = each * _beside(ops, sample_weight, each)
        return ops.mean(each) * self.weight

    def leave_out(self, ops: Ops, each: Value, target: Value, mask: Value) -> Value:
        """`each`, so that its mean is that of the places where the mask is 1."""
        return mean_of_counted(ops, each, mask)


def like(ops: Ops, target: Value, pred: Value) -> Value:
    """The target in the shape of the prediction, where they differ by a last axis of one value."""
    return target if target.shape == pred.shape else ops.reshape(target, pred.shape)


def mean_of_last(ops: Ops, x: Value) -> Value:
    """The mean over the last axis, unless that is the batch: the loss of each sample (or place) as Keras has it."""
    return ops.mean(x, -1) if x.ndim > 1 else x


def mean_of_counted(ops: Ops, each: Value, counts: Value) -> Value:
    """`each` so that its mean is that of the places that count; 0 where none does."""
    kept = ops.where(counts, each, 0.0)
    return kept * (float(prod(counts.shape)) / ops.maximum(ops.sum(counts), 1.0))


def mask_beside(ops: Ops, each: Value) -> Value | None:
    """The prediction's mask, with axes of size 1 for those that only `each` has; None where it has none that fits."""
    mask = ops.masks[0] if ops.masks else None
    if mask is None or mask.shape != each.shape[: mask.ndim]:
        return None
    return ops.reshape(mask, (*mask.shape, *(1,) * (each.ndim - mask.ndim)))


def _beside(ops: Ops, weights: Value, each: Value) -> Value:
    """(batch, ...) weights with axes of size 1 for those that only `each` has."""
    given = (weights.shape[0], *_without_unit(weights.shape[1:]))
    return ops.reshape(weights, (*given, *(1,) * (each.ndim - len(given))))


def _without_unit(shape: tuple[int, ...]) -> tuple[int, ...]:
    return shape[:-1] if shape[-1:] == (1,) else shape
