"""Sparsemax along the last axis: the nearest point of the probability simplex."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from netstudio.engine.ir import Builder, Op, Shape, Value
from netstudio.engine.kernels import sparsemax as kernels

if TYPE_CHECKING:
    from netstudio.engine.emit import Emitter, Instruction


class Sparsemax(Op):
    """max(x - t, 0), with the t of each row for which the row sums to 1."""

    name = "sparsemax"

    def infer(self, inputs: Sequence[Value], attrs: Mapping[str, Any]) -> Shape:
        return inputs[0].shape

    def vjp(self, b: Builder, y: Value, g: Value) -> Sequence[Value | None]:
        """What is above 0 moves against the mean of what is above 0 (Martins and Astudillo 2016, proposition 2)."""
        above = b.greater(y, 0.0)
        mean = b.sum(above * g, -1, keepdims=True) / b.sum(above, -1, keepdims=True)
        return [above * (g - mean)]

    def instructions(self, e: Emitter, y: Value) -> list[Instruction]:
        columns = y.shape[-1]
        return e.calls(kernels.forward(e.address(y.inputs[0]), e.address(y), y.size // columns, columns))


SPARSEMAX = Sparsemax()
