"""Reductions over axes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from netstudio.engine.ir import Builder, Op, Shape, Value
from netstudio.engine.kernels import reduce as kernels
from netstudio.engine.ops import elementwise, pool2d

if TYPE_CHECKING:
    from netstudio.engine.emit import Emitter, Instruction


class Reduce(Op):
    """sum, max or min over `axes`, which keep the size 1."""

    def __init__(self, name: str) -> None:
        self.name = name

    def infer(self, inputs: Sequence[Value], attrs: Mapping[str, Any]) -> Shape:
        return tuple(1 if i in attrs["axes"] else n for i, n in enumerate(inputs[0].shape))

    def vjp(self, b: Builder, y: Value, g: Value) -> Sequence[Value | None]:
        (x,) = y.inputs
        if self.name == "sum":
            return [b.broadcast_to(g, x.shape)]
        hit = b.equal(x, y)  # equal maxima share the gradient
        return [hit * (g / b.sum(hit, y.attrs["axes"], keepdims=True))]

    def scratch(self, y: Value, workers: int, dtype: np.dtype[Any]) -> int:
        return kernels.scratch(self.name, y.inputs[0].shape, y.attrs["axes"], workers)

    def instructions(self, e: Emitter, y: Value) -> list[Instruction]:
        (x,) = y.inputs
        return e.calls(
            kernels.instructions(self.name, e.address(x), e.address(y), x.shape, y.attrs["axes"], scratch=e.scratch)
        )


def simplified_sum(b: Builder, x: Value, axes: tuple[int, ...]) -> Value | None:
    """The sum of `x` over `axes`, which are kept, from a smaller one where algebra gives it.

    What does not vary along the axes is a factor of the sum; a pooling's gradient hands out all that it is given.
    """
    if x.op is elementwise.BROADCAST:
        return _sum_of_repeated(b, x, axes)
    if x.op is elementwise.OPS["neg"]:
        return _times(b, b.sum(x.inputs[0], axes, keepdims=True), b.constant(-1.0))
    if x.op is elementwise.OPS["mul"]:
        for varying, factor in (x.inputs, x.inputs[::-1]):
            if varying.shape == x.shape and all(n == 1 for n in _along(factor, x.ndim, axes)):
                return _times(b, b.sum(varying, axes, keepdims=True), factor)
    if isinstance(x.op, pool2d.PoolGrad) and axes == (0, 1, 2):
        return b.sum(x.inputs[0], axes, keepdims=True)
    return None


def _times(b: Builder, total: Value, factor: Value) -> Value:
    """The product, of the shape of `total`."""
    return b.reshape(b.trimmed(total) * b.trimmed(factor), total.shape)


def _along(v: Value, ndim: int, axes: Sequence[int]) -> list[int]:
    """The sizes of `v`, taken as a tensor of `ndim` axes, along `axes`."""
    shape = (1,) * (ndim - v.ndim) + v.shape
    return [shape[axis] for axis in axes]


def _sum_of_repeated(b: Builder, x: Value, axes: Sequence[int]) -> Value:
    (source,) = x.inputs
    source = b.reshape(source, (1,) * (x.ndim - source.ndim) + source.shape)
    left = [axis for axis in axes if source.shape[axis] != 1]
    times = math.prod(x.shape[axis] for axis in axes if axis not in left)
    total = b.sum(source, left, keepdims=True) * float(times)
    return b.broadcast_to(total, tuple(1 if axis in axes else n for axis, n in enumerate(x.shape)))


class ArgMax(Op):
    """The place of the first maximum along the last axis."""

    name = "argmax"

    def infer(self, inputs: Sequence[Value], attrs: Mapping[str, Any]) -> Shape:
        return inputs[0].shape[:-1]

    def vjp(self, b: Builder, y: Value, g: Value) -> Sequence[Value | None]:
        return [None]

    def instructions(self, e: Emitter, y: Value) -> list[Instruction]:
        (x,) = y.inputs
        return e.calls(kernels.argmax_instructions(e.address(x), e.address(y), x.size // x.shape[-1], x.shape[-1]))


OPS = {name: Reduce(name) for name in ("sum", "max", "min")}
ARGMAX = ArgMax()
