"""The memory plan: every buffer has a place in one arena, which is used again once its last reader is done."""

from __future__ import annotations

import bisect
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from netstudio.engine.ir import Value
from netstudio.engine.ops.sources import Source
from netstudio.engine.schedule import Item, base, together

ALIGNMENT = 64  # bytes: a cache line, and the widest vector


def aligned(size: int, alignment: int = ALIGNMENT) -> int:
    return -(-size // alignment) * alignment


@dataclass(frozen=True)
class Plan:
    """Byte offsets in an arena of `size` bytes."""

    offsets: Mapping[Value, int]
    size: int


def plan(items: Sequence[Item], roots: Collection[Value], placed: Collection[Value], itemsize: int) -> Plan:
    """Place every output that is not `placed` elsewhere; `roots` stay until the end.

    Of a run of items, all outputs begin with the first of them and all inputs stay until the last is done.
    """
    runs = together(items)
    last = _last_uses(runs, roots)
    ends: dict[int, list[Value]] = {}
    for value, when in last.items():
        ends.setdefault(when, []).append(value)
    arena = _Arena()
    offsets: dict[Value, int] = {}
    for number, run in enumerate(runs):
        dying = [v for v in ends.get(number, ()) if v in offsets]
        outputs = [v for item in run for v in item.outputs if v not in placed]
        for value in outputs:
            offset = _in_place(run[0], value, dying, offsets) if len(run) == 1 else None
            offsets[value] = arena.take(aligned(value.size * itemsize)) if offset is None else offset
        unread = [v for v in outputs if last.get(v, -1) <= number]
        for value in dict.fromkeys([*dying, *unread]):
            arena.give(offsets[value], aligned(value.size * itemsize))
    return Plan(offsets, arena.size)


def _last_uses(runs: Sequence[Sequence[Item]], roots: Collection[Value]) -> dict[Value, int]:
    last: dict[Value, int] = {}
    for number, run in enumerate(runs):
        for x in (x for item in run for x in item.inputs):
            if not isinstance(base(x).op, Source):
                last[base(x)] = number
    for root in roots:
        last[base(root)] = len(runs)
    return last


def _in_place(item: Item, value: Value, dying: list[Value], offsets: Mapping[Value, int]) -> int | None:
    """The place of an input that dies here and is read element for element: a chain may write over it."""
    if not item.chain:
        return None
    for x in dying:
        if x.size == value.size and all(y.shape == value.shape for y in item.inputs if base(y) is x):
            dying.remove(x)
            return offsets[x]
    return None


class _Arena:
    """Best fit over free ranges, joined with their neighbours when they are given back."""

    def __init__(self) -> None:
        self.size = 0
        self._free: list[tuple[int, int]] = []  # (offset, size), by offset

    def take(self, size: int) -> int:
        fits = [i for i, (_, free) in enumerate(self._free) if free >= size]
        if fits:
            at = min(fits, key=lambda i: self._free[i][1])
            offset, free = self._free.pop(at)
            if free > size:
                self._free.insert(at, (offset + size, free - size))
            return offset
        offset = self.size
        if self._free and sum(self._free[-1]) == self.size:
            offset = self._free.pop()[0]
        self.size = offset + size
        return offset

    def give(self, offset: int, size: int) -> None:
        at = bisect.bisect(self._free, (offset, size))
        if at < len(self._free) and offset + size == self._free[at][0]:
            size += self._free.pop(at)[1]
        if at > 0 and sum(self._free[at - 1]) == offset:
            offset, before = self._free.pop(at - 1)
            size += before
            at -= 1
        self._free.insert(at, (offset, size))
