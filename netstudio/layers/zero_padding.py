"""The base of layers that put zeros around a sample."""

from __future__ import annotations

from netstudio.graph.params import Ints
from netstudio.graph.tensor import TensorSpec
from netstudio.layers.base import Layer
from netstudio.layers.grid import require_grid
from netstudio.layers.margins import along, around, margins_caption
from netstudio.ops import Ops, Value


class ZeroPadding(Layer, abstract=True):
    """Each kind declares `padding`: how many cells of zeros come before and after, axis by axis."""

    category = "merge"
    icon = "pad"

    padding: Ints

    def caption(self) -> str:
        return margins_caption(self.padding)

    def infer(self, x: TensorSpec) -> TensorSpec:
        require_grid(x, len(self.padding) // 2)
        return TensorSpec((*(n + more for n, more in zip(x.shape, along(self.padding))), x.shape[-1]))

    def lower(self, ops: Ops, x: Value) -> Value:
        return ops.pad(x, *around(self.padding))
