"""The base of layers that make one number of each channel of a whole sequence, image or volume."""

from __future__ import annotations

from typing import ClassVar, Literal

from netstudio.graph.params import Bool
from netstudio.graph.tensor import TensorSpec
from netstudio.layers.base import Layer
from netstudio.layers.grid import require_grid
from netstudio.layers.sequence import step_mask
from netstudio.ops import Ops, Value


class GlobalPooling(Layer, abstract=True):
    """One number for each channel; `rank` is how many axes are pooled over."""

    category = "pooling"
    icon = "pool"
    keeps: ClassVar[Literal["max", "average"]]
    rank: ClassVar[int]

    keepdims = Bool(False, doc="Keep the axes that are pooled over, as axes of one cell.")

    def infer(self, x: TensorSpec) -> TensorSpec:
        require_grid(x, self.rank)
        return TensorSpec((*(1,) * self.rank, x.shape[-1]) if self.keepdims else x.shape[-1:])

    def lower(self, ops: Ops, x: Value) -> Value:
        mask = step_mask(ops) if self.uses_mask else None
        if mask is not None:
            return self._mean_of_counted(ops, x, ops.reshape(mask, (*mask.shape, 1)))
        reduce = ops.max if self.keeps == "max" else ops.mean
        return reduce(x, range(1, self.rank + 1), self.keepdims)

    def _mean_of_counted(self, ops: Ops, x: Value, counts: Value) -> Value:
        total = ops.sum(ops.where(counts, x, 0.0), 1, self.keepdims)
        return total / ops.maximum(ops.sum(counts, 1, self.keepdims), 1.0)
