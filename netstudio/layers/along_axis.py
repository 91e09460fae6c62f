"""The base of activations that look at all values along one axis."""

from __future__ import annotations

from abc import abstractmethod

from netstudio.graph.tensor import TensorSpec
from netstudio.layers.activations import Activation
from netstudio.layers.axes import along_last, axis_caption, axis_param, sample_axis
from netstudio.ops import Ops, Value


class AlongAxis(Activation, abstract=True):
    """A function of the values along `axis`, by default the last."""

    axis = axis_param("along which the values belong together")

    def caption(self) -> str:
        return axis_caption(self.axis)

    def infer(self, x: TensorSpec) -> TensorSpec:
        sample_axis(x, self.axis)
        return super().infer(x)

    def lower(self, ops: Ops, x: Value) -> Value:
        is_last = self.axis % x.ndim == x.ndim - 1
        return self.of_last(ops, x) if is_last else self.of_another(ops, x)

    @abstractmethod
    def of_last(self, ops: Ops, x: Value) -> Value:
        """The function along the last axis."""

    def of_another(self, ops: Ops, x: Value) -> Value:
        """The function along another axis, by way of moving it to the end unless a layer knows better."""
        return along_last(ops, x, self.axis, lambda moved: self.of_last(ops, moved))
