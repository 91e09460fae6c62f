"""Neighbouring items that treat each sample by itself: several workers take bands of samples through all of them.

So workers meet once, not after each item, and what an item leaves is in the cache of the worker that reads it next. An
item belongs to such a run where each row of what it computes, a row being an index of the first axis, reads of each
input either the same share of its rows or all of it (`Op.by_row`). What stands between and must see all rows, such as
the gradient of a weight, comes after the run, as long as nothing in the run reads it.

A row is computed in the same order whichever band it is in, so the result does not depend on the number of workers.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from math import gcd
from typing import Any

import numpy as np

from netstudio.engine import calling, sharing
from netstudio.engine.emit import Emitter, Instruction
from netstudio.engine.ir import Op, Value
from netstudio.engine.schedule import Item, Run, base, offset

EACH = 2  # bands for each worker, so that one that is held up does not hold up the others for long
KEPT = 1 << 20  # bytes that all bands may read, weights for instance: they stay in each worker's second-level cache
LEAST_NS = 20_000  # that a band takes, at least: more than to hand it out


def gather(items: Sequence[Item], apart: Collection[Value], workers: int, itemsize: int) -> list[Item]:
    """The items with those of a run side by side and marked; none of them reads or writes what is `apart`."""
    least = EACH * workers
    found: list[Item] = []
    left = list(items)
    while left:
        if _rows(left[0], apart) < least:
            found.append(left.pop(0))
            continue
        growing = _Growing(apart, least)
        rest = growing.take(left)
        bands = next((n for n in range(least, 2 * least + 1) if growing.rows % n == 0), 1)
        if _is_worth_it(growing.items, bands, itemsize):
            run = Run(bands)
            found += [replace(item, run=run) for item in growing.items]
            left = rest
        else:
            found += left[: growing.unbroken]
            left = left[growing.unbroken :]
    return found


@dataclass
class _Growing:
    """A run to which items are added."""

    apart: Collection[Value]
    least: int  # rows that all its items must have in common
    items: list[Item] = field(default_factory=list)
    rows: int = 0  # that all have in common
    made: set[Value] = field(default_factory=set)
    skipped: set[Value] = field(default_factory=set)  # what is computed after the run
    unbroken: int = 0  # items before the first that is skipped

    def take(self, items: Sequence[Item]) -> list[Item]:
        """Add those of the items that fit, up to the first that would, did it not read what is skipped; the rest."""
        rest: list[Item] = []
        for number, item in enumerate(items):
            rows = _rows(item, self.apart)
            if rows and any(base(x) in self.skipped for x in item.inputs):
                return [*rest, *items[number:]]
            common = gcd(self.rows, rows)
            if rows and common >= self.least and self._reads_rows(item):
                self.items.append(item)
                self.unbroken += not self.skipped
                self.rows = common
                self.made.update(item.outputs)
            else:
                rest.append(item)
                self.skipped.update(item.outputs)
        return rest

    def _reads_rows(self, item: Item) -> bool:
        """Whether it reads what the run makes row by row, and as it stands."""
        cut = by_row(item)
        return all(cut[x] and not offset(x) and x.size == base(x).size for x in cut if base(x) in self.made)


def by_row(item: Item) -> dict[Value, bool]:
    """Which inputs are read row by row, the others as a whole; nothing where the item's rows need each other."""
    if not item.chain:
        (v,) = item.values
        cut = v.op.by_row(v)
        return {} if cut is None else _agreed(zip(v.inputs, cut, strict=True))
    if item.sums:
        return {}
    lead, rank = item.shape[0] if item.shape else 0, len(item.shape)
    return {x: x.ndim == rank and x.shape[0] == lead for x in item.inputs}


def _agreed(cut: Iterable[tuple[Value, bool]]) -> dict[Value, bool]:
    found: dict[Value, bool] = {}
    for x, rows in cut:
        if found.setdefault(x, rows) != rows:
            return {}
    return found


def _rows(item: Item, apart: Collection[Value]) -> int:
    """How many rows the item has; 0 where it can't be cut."""
    values = [*item.outputs, *item.inputs]
    if any(v.ndim < 2 for v in item.outputs) or any(base(v) in apart for v in values):
        return 0
    return item.outputs[0].shape[0] if any(by_row(item).values()) else 0


def _is_worth_it(items: Sequence[Item], bands: int, itemsize: int) -> bool:
    """Whether a run of these items is worth so many bands."""
    whole = {x for item in items for x, rows in by_row(item).items() if not rows}
    kept = sum(x.size for x in whole) * itemsize
    return bands > 1 and len(items) > 1 and kept <= KEPT and sum(map(sharing.nanoseconds, items)) > bands * LEAST_NS


class _Part(Op):
    """A band of a value that the run reads."""

    name = "part"


PART = _Part()


class Cut:
    """The items of a run as they are for one band."""

    def __init__(self, items: Sequence[Item]) -> None:
        assert items[0].run is not None
        self.bands = items[0].run.bands
        self._parts: list[tuple[Value, Value]] = []  # what is read or stored, and the band of it
        self.items = [self._cut(item) for item in items]

    def scratch(self, dtype: np.dtype[Any]) -> int:
        """How many elements of workspace one worker needs."""
        return max(calling.scratch(item, 1, dtype) for item in self.items)

    def instructions(self, e: Emitter, band: int, workspace: int) -> Iterator[Instruction]:
        """The calls that compute one band, by one worker whose workspace is at that address."""
        step = e.itemsize * band
        addresses = {part: e.address(v) + (step * part.size if part is not v else 0) for v, part in self._parts}
        own = replace(e, addresses=addresses, scratch=workspace, workers=1)
        for item in self.items:
            yield from calling.instructions(own, item)

    def _cut(self, item: Item) -> Item:
        part = {x: self._value(x, PART, ()) if rows else x for x, rows in by_row(item).items()}
        for v in item.values:
            part[v] = self._value(v, v.op, tuple(part[x] for x in v.inputs))
        self._parts += [(v, part[v]) for v in (*item.inputs, *item.outputs)]
        values, outputs = ([part[v] for v in own] for own in (item.values, item.outputs))
        return Item(values, item.chain, outputs)

    def _value(self, v: Value, op: Op, inputs: tuple[Value, ...]) -> Value:
        return Value(v.builder, op, inputs, v.attrs, (v.shape[0] // self.bands, *v.shape[1:]), v.node)
