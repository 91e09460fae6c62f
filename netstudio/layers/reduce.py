"""The base of layers that make one number of all those along some axes."""

from __future__ import annotations

from abc import abstractmethod

from netstudio.graph.params import Bool
from netstudio.graph.tensor import TensorSpec
from netstudio.layers.axes import Axes, sample_axes
from netstudio.layers.base import Layer, require_float
from netstudio.ops import Ops, Value


class Reduce(Layer, abstract=True):
    """Takes real numbers of any shape; the axes that are reduced go, or keep one cell."""

    category = "merge"
    icon = "reduce"

    axis = Axes(None, doc="The axis or axes that are reduced, 0 being the batch axis and -1 the last; none takes all.")
    keepdims = Bool(False, doc="Keep the axes, with one cell each.")

    def caption(self) -> str:
        return "" if self.axis is None else f"axis {', '.join(map(str, self.axis))}"

    def infer(self, x: TensorSpec) -> TensorSpec:
        require_float(x)
        axes = sample_axes(x, self.axis)
        kept = [1 if axis in axes else n for axis, n in enumerate(x.shape, 1)]
        return TensorSpec(tuple(n for axis, n in enumerate(kept, 1) if self.keepdims or axis not in axes))

    def lower(self, ops: Ops, x: Value) -> Value:
        axes = sample_axes(TensorSpec(x.shape[1:]), self.axis)
        return self.reduced(ops, x, axes) if axes else x

    @abstractmethod
    def reduced(self, ops: Ops, x: Value, axes: tuple[int, ...]) -> Value:
        """`x` reduced over `axes`, with `keepdims`."""
