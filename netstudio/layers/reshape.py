"""Reshape: the same values in another shape."""

from __future__ import annotations

from math import prod
from typing import Any

from netstudio.errors import ShapeError
from netstudio.graph.params import Ints
from netstudio.graph.problems import SetParam
from netstudio.graph.tensor import Shape, TensorSpec
from netstudio.layers.base import Layer, times
from netstudio.ops import Ops, Value


class TargetShape(Ints):
    """Sizes of 1 or more, of which one may be -1: what is left."""

    def _expected(self) -> str:
        return "a list of integers of 1 or more, of which one may be -1"

    def _check(self, value: Any) -> Shape:
        sizes = super()._check(value)
        if 0 in sizes or sizes.count(-1) > 1:
            raise ValueError
        return sizes


class Reshape(Layer):
    """Gives the values of a sample another shape, in the same order.

    Input of any shape gives `target_shape`, which holds as many values; one size may be -1 and is worked out.
    """

    category = "merge"
    icon = "reshape"
    keywords = ("view", "shape", "unflatten", "expand", "squeeze")
    keras, torch, onnx = "Reshape", "Unflatten", "Reshape"

    target_shape = TargetShape(
        None, initial=[-1], minimum=-1, doc="The new shape, without the batch axis; one size may be -1."
    )

    def caption(self) -> str:
        return times(self.target_shape) or "one number"

    def infer(self, x: TensorSpec) -> TensorSpec:
        return TensorSpec(self._resolved(x), x.dtype)

    def lower(self, ops: Ops, x: Value) -> Value:
        return ops.reshape(x, (x.shape[0], *self._resolved(TensorSpec(x.shape[1:]))))

    def _resolved(self, x: TensorSpec) -> Shape:
        given = prod(n for n in self.target_shape if n != -1)
        free = -1 in self.target_shape
        if x.size % given if free else x.size != given:
            wanted = f"a multiple of {given}" if free else f"{given}"
            raise ShapeError(
                f"the input has the shape {x.shape}, {x.size} values, but target_shape {self.target_shape} "
                f"holds {wanted}; expected sizes whose product is {x.size}",
                hints=(SetParam("target_shape", (-1,)),),
            )
        return tuple(x.size // given if n == -1 else n for n in self.target_shape)
