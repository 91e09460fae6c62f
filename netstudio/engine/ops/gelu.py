"""GELU as one operation, so that its input is all that is kept for its gradient."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from netstudio.engine.ir import Builder, Op, Shape, Value
from netstudio.engine.kernels import gelu as kernels

if TYPE_CHECKING:
    from netstudio.engine.emit import Emitter, Instruction


class Gelu(Op):
    """x times the chance that a standard normal variable is below it."""

    name = "gelu"

    def infer(self, inputs: Sequence[Value], attrs: Mapping[str, Any]) -> Shape:
        return inputs[0].shape

    def vjp(self, b: Builder, y: Value, g: Value) -> Sequence[Value | None]:
        return [b.make(GELU_GRAD, g, y.inputs[0])]

    def by_row(self, y: Value) -> Sequence[bool]:
        return [True] * len(y.inputs)

    def instructions(self, e: Emitter, y: Value) -> list[Instruction]:
        return e.calls(kernels.forward(e.address(y.inputs[0]), e.address(y), y.size))


class GeluGrad(Op):
    """The input's gradient, from the output's gradient and the input."""

    name = "gelu_grad"

    def infer(self, inputs: Sequence[Value], attrs: Mapping[str, Any]) -> Shape:
        return inputs[0].shape

    def by_row(self, y: Value) -> Sequence[bool]:
        return [True] * len(y.inputs)

    def instructions(self, e: Emitter, y: Value) -> list[Instruction]:
        g, x = y.inputs
        return e.calls(kernels.backward(e.address(g), e.address(x), e.address(y), y.size))


GELU, GELU_GRAD = Gelu(), GeluGrad()
