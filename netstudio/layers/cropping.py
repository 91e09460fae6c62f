"""The base of layers that take a sample's borders away."""

from __future__ import annotations

from netstudio.errors import ShapeError
from netstudio.graph.params import Ints
from netstudio.graph.tensor import TensorSpec
from netstudio.layers.base import Layer
from netstudio.layers.grid import NAMES, require_grid
from netstudio.layers.margins import SIDES, along, around, margins_caption
from netstudio.ops import Ops, Value


class Cropping(Layer, abstract=True):
    """Each kind declares `cropping`: how many cells go before and after, axis by axis."""

    category = "merge"
    icon = "crop"

    cropping: Ints

    def caption(self) -> str:
        return margins_caption(self.cropping)

    def infer(self, x: TensorSpec) -> TensorSpec:
        rank = len(self.cropping) // 2
        require_grid(x, rank)
        sizes = [n - gone for n, gone in zip(x.shape, along(self.cropping))]
        if min(sizes) < 1:
            raise ShapeError(
                f"cropping {list(self.cropping)} ({', '.join(SIDES[rank])}) leaves nothing of the {NAMES[rank]} "
                f"{x.shape}; expected fewer cells to go than there are"
            )
        return TensorSpec((*sizes, x.shape[-1]))

    def lower(self, ops: Ops, x: Value) -> Value:
        return ops.crop(x, *around(self.cropping))
