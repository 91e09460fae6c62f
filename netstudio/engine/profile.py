"""Where a step's time goes: each item of a program, timed within real steps and so with the caches as they are."""

from __future__ import annotations

import ctypes
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from netstudio.engine.emit import Instruction
from netstudio.engine.program import Program
from netstudio.engine.schedule import Item

SHOWN = 6  # operations of a chain that are named


class Row(NamedTuple):
    """One item of a step: its node, the kernels that it calls, its operations and their shape.

    `gflops` (GFLOP/s) counts its multiply-adds as two operations each, `bytes` what it reads and writes, each once.
    """

    node: str | None
    kernel: str
    what: str
    microseconds: float
    gflops: float
    bytes: int


def profile(program: Program, seconds: float = 0.5) -> list[Row]:
    """Time each item on one thread: the least of several steps, Python's part of a call (about 0.3 µs) included.

    Runs whole steps of the batch at which the program's state stands, for about `seconds`. A program that trains
    changes the weights: whoever wants them back keeps a copy.
    """
    parts = [_Part(program, item, instructions) for item, instructions in _items(program)]
    least, end = [float("inf")] * len(parts), time.perf_counter() + seconds
    steps = 0
    while steps < 3 or time.perf_counter() < end:
        least = [min(before, part.time()) for before, part in zip(least, parts, strict=True)]
        steps += 1
    return [part.row(taken) for part, taken in zip(parts, least, strict=True)]


def _items(program: Program) -> Iterator[tuple[Item | None, Sequence[Instruction]]]:
    """What a step runs, in order; what is no item's loads the step's numbers or keeps its results."""
    yield from ((None, [instruction]) for instruction in program.before())
    yield from (step for step in program.steps if step[1])
    yield from ((None, [instruction]) for instruction in program.after())


class _Part:
    """An item's calls, bound to their arguments."""

    def __init__(self, program: Program, item: Item | None, instructions: Sequence[Instruction]) -> None:
        self._item, self._dtype = item, program.layout.dtype
        self._counts = Counter(i.kernel.name for i in instructions)
        self._arguments = [np.array(i.arguments, np.int64) for i in instructions]
        self._calls = [self._bound(i) for i in instructions]

    def _bound(self, instruction: Instruction) -> Callable[..., None]:
        kind = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64, ctypes.c_int64)
        return kind(instruction.kernel.address(self._dtype))

    def time(self) -> float:
        """Run; the seconds it took."""
        pairs = [(call, a.ctypes.data) for call, a in zip(self._calls, self._arguments, strict=True)]
        began = time.perf_counter()
        for call, address in pairs:
            call(address, None, 0, 1)
        return time.perf_counter() - began

    def row(self, seconds: float) -> Row:
        kernels = " + ".join(name if n == 1 else f"{n}× {name}" for name, n in self._counts.items())
        if self._item is None:
            return Row(None, kernels, "", seconds * 1e6, 0.0, 0)
        made = self._item.made
        moved = sum(v.size for v in {*self._item.inputs, *self._item.outputs}) * self._dtype.itemsize
        flops = 2 * sum(v.op.multiply_adds(v) for v in made)
        return Row(self._item.node, kernels, _described(self._item), seconds * 1e6, flops / seconds / 1e9, moved)


def _described(item: Item) -> str:
    """ "mul add relu (32, 64)": the operations in order, and the shape that they work on."""
    names = [v.op.name for v in item.made]
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return f"{' '.join(names[:SHOWN])}{more} {item.shape}"
