"""Rows of a table taken by number, and the gradient of the table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from netstudio.engine.ir import Builder, Op, Shape, Value
from netstudio.engine.kernels import movement as kernels

if TYPE_CHECKING:
    from netstudio.engine.emit import Emitter, Instruction


class Gather(Op):
    """table (rows, columns) and numbers (...) to (..., columns); a number that names no row gives NaN."""

    name = "gather"

    def infer(self, inputs: Sequence[Value], attrs: Mapping[str, Any]) -> Shape:
        table, numbers = inputs
        return (*numbers.shape, table.shape[1])

    def vjp(self, b: Builder, y: Value, g: Value) -> Sequence[Value | None]:
        table, numbers = y.inputs
        return [b.make(GATHER_GRAD, numbers, g, rows=table.shape[0]), None]

    def instructions(self, e: Emitter, y: Value) -> list[Instruction]:
        table, numbers = y.inputs
        rows, columns = table.shape
        arguments = kernels.gathering(e.address(numbers), numbers.size, e.address(table), rows, columns, e.address(y))
        return e.calls([(kernels.gather_rows, arguments, True)])


class GatherGrad(Op):
    """The table's gradient (rows, columns): each row of the output's gradient, added to the row that it came from."""

    name = "gather_grad"

    def infer(self, inputs: Sequence[Value], attrs: Mapping[str, Any]) -> Shape:
        return (attrs["rows"], inputs[1].shape[-1])

    def instructions(self, e: Emitter, y: Value) -> list[Instruction]:
        numbers, g = y.inputs
        rows, columns = y.shape
        arguments = kernels.scattering(e.address(numbers), numbers.size, e.address(g), rows, columns, e.address(y))
        return e.calls([(kernels.scatter_add_rows, arguments, True)])


GATHER, GATHER_GRAD = Gather(), GatherGrad()
