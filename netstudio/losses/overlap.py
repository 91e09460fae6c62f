"""What losses over areas share."""

from __future__ import annotations

from abc import abstractmethod

from netstudio.errors import ShapeError
from netstudio.graph.params import Ints
from netstudio.graph.tensor import TensorSpec
from netstudio.losses.base import Loss, like
from netstudio.ops import Ops, Value


class Overlap(Loss, abstract=True):
    """A loss of 1 less the share of two areas that they have in common."""

    accuracy = "BinaryAccuracy"

    axis = Ints(
        None,
        None,
        minimum=-16,
        single=True,
        doc="The axes of one area, the batch counting as 0; none takes the whole batch as one.",
    )

    def check_shapes(self, pred: TensorSpec, target: TensorSpec) -> None:
        super().check_shapes(pred, target)
        axes = len(pred.shape) + 1
        wrong = [a for a in self.axis or () if not -axes <= a < axes]
        if wrong:
            raise ShapeError(
                f"the prediction has the shape {pred.shape} and axis names {wrong[0]}; expected 0 (the batch) to "
                f"{axes - 1}: change axis",
                "pred",
            )

    def places(self, pred: TensorSpec) -> tuple[int, ...]:
        return ()

    def per_sample(self, ops: Ops, pred: Value, target: Value) -> Value:
        loss = 1.0 - self.overlap(ops, pred, like(ops, target, pred))
        if loss.shape[0] == pred.shape[0] and 0 not in self._axes(pred):
            return ops.mean(loss, range(1, loss.ndim))
        return ops.broadcast_to(ops.mean(loss), pred.shape[:1])

    def summed(self, ops: Ops, x: Value) -> Value:
        """The sums over the axes, which stay with the size 1."""
        return ops.sum(x, self._axes(x), keepdims=True)

    def _axes(self, x: Value) -> list[int]:
        return list(range(x.ndim)) if self.axis is None else sorted({a % x.ndim for a in self.axis})

    @abstractmethod
    def overlap(self, ops: Ops, pred: Value, target: Value) -> Value:
        """The share that the areas have in common, the axes of an area with the size 1."""
