"""The memory plan: every buffer has a place in one arena, which is used again once its last reader is done."""

from __future__ import annotations

import bisect
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from netstudio.engine.ir import Value
from netstudio.engine.ops.sources import Source
from netstudio.engine.schedule import Item, base

ALIGNMENT = 64  # bytes: a cache line, and the widest vector


def aligned(size: int, alignment: int = ALIGNMENT) -> int:
    return -(-size // alignment) * alignment


@dataclass(frozen=True)
class Plan:
    """Byte offsets in an arena of `size` bytes."""

    offsets: Mapping[Value, int]
    size: int


def plan(items: Sequence[Item], roots: Collection[Value], placed: Collection[Value], itemsize: int) -> Plan:
    """Place every output that is not `placed` elsewhere; `roots` stay until the end."""
    last = _last_uses(items, roots)
    ends: dict[int, list[Value]] = {}
    for value, when in last.items():
        ends.setdefault(when, []).append(value)
    arena = _Arena()
    offsets: dict[Value, int] = {}
    for number, item in enumerate(items):
        dying = [v for v in ends.get(number, ()) if v in offsets]
        for value in item.outputs:
            if value in placed:
                continue
            offset = _in_place(item, value, dying, offsets)
            offsets[value] = arena.take(aligned(value.size * itemsize)) if offset is None else offset
        for value in dying:
            arena.give(offsets[value], aligned(value.size * itemsize))
        for value in item.outputs:
            if value in offsets and last.get(value, -1) <= number and value not in dying:
                arena.give(offsets[value], aligned(value.size * itemsize))
    return Plan(offsets, arena.size)


def _last_uses(items: Sequence[Item], roots: Collection[Value]) -> dict[Value, int]:
    last: dict[Value, int] = {}
    for number, item in enumerate(items):
        for x in item.inputs:
            if not isinstance(base(x).op, Source):
                last[base(x)] = number
    for root in roots:
        last[base(root)] = len(items)
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
