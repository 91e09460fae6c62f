"""Reductions over axes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from netstudio.engine.ir import Builder, Op, Shape, Value
from netstudio.engine.kernels import reduce as kernels

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
