"""Layer normalisation along the last axis, and its gradients; mean and variance of each channel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from netstudio.engine.ir import Builder, Op, Shape, Value
from netstudio.engine.kernels import layer_norm as kernels
from netstudio.engine.kernels import moments

if TYPE_CHECKING:
    from netstudio.engine.emit import Emitter, Instruction


def _rows(x: Value) -> int:
    return x.size // x.shape[-1]


class LayerNorm(Op):
    """x (..., columns), gamma and beta (columns,); `epsilon` is added to the variance."""

    name = "layer_norm"

    def infer(self, inputs: Sequence[Value], attrs: Mapping[str, Any]) -> Shape:
        return inputs[0].shape

    def vjp(self, b: Builder, y: Value, g: Value) -> Sequence[Value | None]:
        x, gamma, _ = y.inputs
        columns, rows = x.shape[-1], _rows(x)
        packed = b.make(LAYER_NORM_GRAD, x, gamma, g, **y.attrs)
        parts = b.part(packed, x.size, (kernels.chunks(rows), 2 * columns))
        sums = b.sum(parts, 0)
        return [b.part(packed, 0, x.shape), b.slice(sums, 0, 0, columns), b.slice(sums, 0, columns, 2 * columns)]

    def by_row(self, y: Value) -> Sequence[bool]:
        return [True, False, False]

    def instructions(self, e: Emitter, y: Value) -> list[Instruction]:
        x, gamma, beta = y.inputs
        sizes = _rows(x), x.shape[-1], y.attrs["epsilon"]
        return e.calls(kernels.forward(e.address(x), e.address(gamma), e.address(beta), e.address(y), *sizes))


class LayerNormGrad(Op):
    """From x, gamma and the output's gradient: dx, then the chunks' parts of the gradients of gamma and beta."""

    name = "layer_norm_grad"

    def infer(self, inputs: Sequence[Value], attrs: Mapping[str, Any]) -> Shape:
        x = inputs[0]
        return (x.size + kernels.chunks(_rows(x)) * 2 * x.shape[-1],)

    def instructions(self, e: Emitter, y: Value) -> list[Instruction]:
        x, gamma, g = y.inputs
        dx = e.address(y)
        sizes = _rows(x), x.shape[-1], y.attrs["epsilon"]
        return e.calls(
            kernels.backward(e.address(x), e.address(gamma), e.address(g), dx, dx + x.size * e.itemsize, *sizes)
        )


class Moments(Op):
    """Mean and variance over all axes but the last, (2, channels), found together; read as MEAN and VARIANCE."""

    name = "moments"

    def infer(self, inputs: Sequence[Value], attrs: Mapping[str, Any]) -> Shape:
        return (2, inputs[0].shape[-1])

    def scratch(self, y: Value, workers: int, dtype: np.dtype[Any]) -> int:
        (x,) = y.inputs
        return moments.scratch(_rows(x), x.shape[-1])

    def instructions(self, e: Emitter, y: Value) -> list[Instruction]:
        (x,) = y.inputs
        return e.calls(moments.instructions(e.address(x), e.address(y), _rows(x), x.shape[-1], e.scratch))


class Mean(Op):
    """The first row of the moments of x. Both are inputs, so that a gradient goes straight to x."""

    name = "mean"
    view = True

    def infer(self, inputs: Sequence[Value], attrs: Mapping[str, Any]) -> Shape:
        return inputs[0].shape[1:]

    def vjp(self, b: Builder, y: Value, g: Value) -> Sequence[Value | None]:
        _, x = y.inputs
        return [None, b.broadcast_to(g * (1.0 / _rows(x)), x.shape)]


class Variance(Mean):
    """The second row."""

    name = "variance"

    def vjp(self, b: Builder, y: Value, g: Value) -> Sequence[Value | None]:
        of, x = y.inputs
        return [None, (x - b.make(MEAN, of, x)) * (g * (2.0 / _rows(x)))]


LAYER_NORM, LAYER_NORM_GRAD = LayerNorm(), LayerNormGrad()
MOMENTS, MEAN, VARIANCE = Moments(), Mean(), Variance()
