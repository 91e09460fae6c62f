"""The base of layers that make one number of each channel of a whole sequence, image or volume."""

from __future__ import annotations

from typing import ClassVar, Literal

from netstudio.graph.params import Bool
from netstudio.graph.tensor import TensorSpec
from netstudio.layers.base import Layer
from netstudio.layers.window import require_grid
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
        reduce = ops.max if self.keeps == "max" else ops.mean
        return reduce(x, range(1, self.rank + 1), self.keepdims)
