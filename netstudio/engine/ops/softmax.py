"""Softmax and its logarithm along the last axis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from netstudio.engine.ir import Builder, Op, Shape, Value
from netstudio.engine.kernels import softmax as kernels

if TYPE_CHECKING:
    from netstudio.engine.emit import Emitter, Instruction


class Softmax(Op):
    """exp(x) over its sum, or the logarithm of that, computed without overflow."""

    def __init__(self, name: str) -> None:
        self.name = name

    def infer(self, inputs: Sequence[Value], attrs: Mapping[str, Any]) -> Shape:
        return inputs[0].shape

    def vjp(self, b: Builder, y: Value, g: Value) -> Sequence[Value | None]:
        return [b.make(GRADS[self.name], y, g)]

    def by_row(self, y: Value) -> Sequence[bool]:
        return [True] * len(y.inputs)

    def instructions(self, e: Emitter, y: Value) -> list[Instruction]:
        columns = y.shape[-1]
        return e.calls(
            kernels.instructions(self.name, e.address(y.inputs[0]), e.address(y), y.size // columns, columns)
        )


class SoftmaxGrad(Op):
    """The input's gradient, from the output and the output's gradient."""

    def __init__(self, name: str) -> None:
        self.name = name

    def infer(self, inputs: Sequence[Value], attrs: Mapping[str, Any]) -> Shape:
        return inputs[0].shape

    def by_row(self, y: Value) -> Sequence[bool]:
        return [True] * len(y.inputs)

    def instructions(self, e: Emitter, y: Value) -> list[Instruction]:
        p, g = y.inputs
        columns = y.shape[-1]
        return e.calls(
            kernels.grad_instructions(self.name, e.address(p), e.address(g), e.address(y), y.size // columns, columns)
        )


SOFTMAX, LOG_SOFTMAX = Softmax("softmax"), Softmax("log_softmax")
GRADS = {name: SoftmaxGrad(f"{name}_grad") for name in ("softmax", "log_softmax")}
