"""The base of dropout that takes a sample's channels as wholes."""

from __future__ import annotations

from typing import ClassVar

from netstudio.graph.params import Float
from netstudio.graph.tensor import TensorSpec
from netstudio.layers.base import Layer
from netstudio.layers.dropout import dropout_mask
from netstudio.layers.grid import require_grid
from netstudio.ops import Ops, Value


class SpatialDropout(Layer, abstract=True):
    """One draw for each sample and channel; `rank` is how many axes the cells that share it lie along."""

    category = "normalisation"
    icon = "dropout"
    passes_mask = True
    rank: ClassVar[int]

    rate = Float(minimum=0.0, maximum=1.0, initial=0.5, doc="The share of channels set to zero.")

    def caption(self) -> str:
        return f"{self.rate:g}"

    def infer(self, x: TensorSpec) -> TensorSpec:
        require_grid(x, self.rank)
        return x

    def lower(self, ops: Ops, x: Value) -> Value:
        mask = dropout_mask(ops, self.rate, (x.shape[0], *(1,) * self.rank, x.shape[-1]))
        return x if mask is None else x * mask
