"""Chains of elementwise values as the kernel takes them."""

from __future__ import annotations

from dataclasses import dataclass

from netstudio.engine.emit import Emitter, Instruction, broadcast_strides
from netstudio.engine.ir import Value
from netstudio.engine.kernels import elementwise
from netstudio.engine.ops import sources
from netstudio.engine.schedule import Item, total_width


@dataclass(frozen=True)
class _Chain:
    """Each value's register, what is read, the program, the outputs and the sums."""

    inputs: list[Value]
    constants: list[float]
    program: list[tuple[str, int, tuple[int, ...]]]
    outputs: list[tuple[Value, int]]
    totals: list[tuple[Value, elementwise.Total]]

    @classmethod
    def of(cls, item: Item) -> _Chain:
        inputs = [x for x in item.inputs if x.op is not sources.CONSTANT]
        constants = [x for x in item.inputs if x.op is sources.CONSTANT]
        registers = {v: i for i, v in enumerate([*inputs, *constants, *item.values])}
        return cls(
            inputs,
            [c.attrs["value"] for c in constants],
            [(v.op.name, registers[v], tuple(registers[x] for x in v.inputs)) for v in item.values],
            [(v, registers[v]) for v in item.outputs if v not in item.sums],
            [(v, elementwise.Total(registers[v.inputs[0]], total_width(v), 0)) for v in item.sums],
        )


def instructions(e: Emitter, item: Item, watch: elementwise.Watch | None = None) -> list[Instruction]:
    """The calls that compute a chain; `watch` looks at what must stay finite as they go."""
    chain, shape = _Chain.of(item), item.shape
    return e.calls(
        elementwise.instructions(
            shape,
            [(e.address(x), broadcast_strides(x.shape, shape)) for x in chain.inputs],
            chain.constants,
            chain.program,
            [(e.address(v), register) for v, register in chain.outputs],
            [total._replace(address=e.address(v)) for v, total in chain.totals],
            e.scratch,
            e.itemsize,
            watch,
        )
    )


def scratch(item: Item, workers: int) -> int:
    """How many elements of workspace a chain needs."""
    chain, shape = _Chain.of(item), item.shape
    strides = [broadcast_strides(x.shape, shape) for x in chain.inputs]
    outputs, totals = [register for _, register in chain.outputs], [total for _, total in chain.totals]
    return elementwise.scratch(shape, strides, chain.constants, chain.program, outputs, workers, totals)
