"""What can be decided of a program before any memory is taken: fuse, order, lay out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import takewhile
from typing import Any

import numpy as np

from netstudio.engine import bands, calling, fuse, memory, sharing
from netstudio.engine.ir import Builder, Value
from netstudio.engine.ops import matmul, sources, step
from netstudio.engine.schedule import Item, base, offset, schedule, together

TURNS = 2  # memories in which samples are prepared, for even and for odd steps


@dataclass
class Recipe:
    """What a program is to compute.

    `pinned` gives the addresses of PINNED values by their place; `placed` the addresses at which values must end up;
    `sums` what is added to the run's sums: (value, place in the sums, factor). `shown` values can be read after a step.
    """

    builder: Builder
    pinned: Mapping[Any, int]
    placed: list[tuple[Value, int]] = field(default_factory=list)
    shown: dict[str, Value] = field(default_factory=dict)
    results: int | None = None  # the place, among the feeds, of the array that the first shown value goes to
    sums: list[tuple[Value, int, float]] = field(default_factory=list)
    loss: Value | None = None
    gradients: Value | None = None
    scalars: tuple[int, int] | None = None  # address, how many
    in_order: bool = False  # whether a step's rows follow each other in the arrays
    watched: tuple[int, int] | None = None  # address and number of elements that must stay finite

    @property
    def roots(self) -> list[Value]:
        own = [*self.shown.values(), *(v for v, _, _ in self.sums), *(v for v, _ in self.placed)]
        return own + [v for v in (self.loss, self.gradients) if v is not None]

    def rewritten(self) -> Recipe:
        """The same, with the passes applied."""
        new = dict(zip(self.roots, fuse.fuse(self.builder, self.roots), strict=True))
        return replace(
            self,
            placed=[(new[v], address) for v, address in self.placed],
            shown={k: new[v] for k, v in self.shown.items()},
            sums=[(new[v], place, factor) for v, place, factor in self.sums],
            loss=None if self.loss is None else new[self.loss],
            gradients=None if self.gradients is None else new[self.gradients],
        )


@dataclass(frozen=True)
class Layout:
    """A recipe ordered and laid out, before any memory is taken."""

    recipe: Recipe
    items: Sequence[Item]
    plan: memory.Plan
    direct: Mapping[Value, int]  # values computed at a given address
    borrowed: Sequence[Value]  # batches that are read where the caller's array stands
    scratch: int  # bytes
    workers: int
    dtype: np.dtype[Any]
    head: int = 0  # how many of the first items a second worker does a step ahead, in memory of its own

    @property
    def bytes(self) -> int:
        return (self.plan.size + self.scratch) * (1 + (TURNS if self.head else 0))


def lay_out(recipe: Recipe, dtype: np.dtype[Any], workers: int) -> Layout:
    """Everything that can be decided without memory."""
    recipe = recipe.rewritten()
    items = schedule(recipe.roots)
    borrowed = _borrowed(recipe, items)
    if recipe.gradients is not None and workers > 1 and sharing.is_long(items):
        items = bands.gather(items, {*borrowed, *_placed(recipe)}, workers, dtype.itemsize)
    direct = _direct(recipe, items, dtype.itemsize)
    plan = memory.plan(items, recipe.roots, {*direct, *borrowed}, dtype.itemsize)
    scratch = max((_scratch(run, workers, dtype) for run in together(items)), default=0) * dtype.itemsize
    head = _head(items, direct) if recipe.gradients is not None and workers > 1 else 0
    return Layout(recipe, items, plan, direct, borrowed, scratch, workers, dtype, head)


def _placed(recipe: Recipe) -> set[Value]:
    """What ends up at a given address."""
    gradients = recipe.gradients.inputs if recipe.gradients is not None else ()
    return {base(v) for v in (*gradients, *(v for v, _ in recipe.placed))}


def _scratch(run: Sequence[Item], workers: int, dtype: np.dtype[Any]) -> int:
    """How many elements of workspace the items of a run need, item by item or band by band."""
    needs = [calling.scratch(item, workers, dtype) for item in run]
    if run[0].run is not None:
        needs.append(workers * bands.Cut(run).scratch(dtype))
    return max(needs)


def _head(items: Sequence[Item], direct: Mapping[Value, int]) -> int:
    """How many of the first items make the samples ready, where the step is short and it is worth doing meanwhile.

    They read no weights and leave nothing behind, so that they may run while the step before changes the weights.
    """
    first = list(takewhile(lambda item: not _is_tied(item, direct), items))
    return len(first) if sharing.is_worth_preparing(first, items) else 0


def _is_tied(item: Item, direct: Mapping[Value, int]) -> bool:
    """Whether it reads or writes what outlives the step."""
    return any(base(x).op is sources.PINNED for x in item.inputs) or any(v in direct for v in item.outputs)


def _direct(recipe: Recipe, items: Sequence[Item], itemsize: int) -> dict[Value, int]:
    """Which computed values can be written where they must end up, without a copy.

    What comes before the loss was found finite (a moving average) is copied after it: a bad batch changes nothing.
    """
    computed = {v for item in items for v in item.outputs}
    late = set(computed)
    for item in items if recipe.gradients is not None else ():
        if item.made[0] is recipe.gradients:
            break
        late.difference_update(item.outputs)
    direct: dict[Value, int] = {}
    reads = _pinned_reads(recipe, items, itemsize)
    wanted = [(v, a) for v, a in recipe.placed if base(v) in late and not _is_read_later(v, a, items, reads, itemsize)]
    if recipe.gradients is not None:
        address = dict(recipe.placed)[recipe.gradients]
        offsets = recipe.gradients.attrs["offsets"]
        wanted += [(g, address + o * itemsize) for g, o in zip(recipe.gradients.inputs[1:], offsets, strict=True)]
    for value, address in wanted:
        source = base(value)
        if source in computed and source not in direct and source.size == value.size:
            direct[source] = address
    return direct


Read = tuple[int, int, int]  # the number of the item, the first byte, the byte after the last


def _pinned_reads(recipe: Recipe, items: Sequence[Item], itemsize: int) -> list[Read]:
    """Which items read what stood there before the step."""
    if recipe.gradients is None:
        return []
    found = []
    for number, item in enumerate(items):
        for x in item.inputs:
            source = base(x)
            if source.op is sources.PINNED:
                start = recipe.pinned[source.attrs["place"]] + offset(x) * itemsize
                found.append((number, start, start + x.size * itemsize))
    return found


def _is_read_later(value: Value, address: int, items: Sequence[Item], reads: Sequence[Read], itemsize: int) -> bool:
    """Whether what stands at the address is still read when `value` is computed; a chain reads before it writes."""
    number = next(n for n, item in enumerate(items) if base(value) in item.outputs)
    first = number + 1 if items[number].chain else number
    end = address + value.size * itemsize
    return any(n >= first and start < end and address < stop for n, start, stop in reads)


def _borrowed(recipe: Recipe, items: Sequence[Item]) -> list[Value]:
    """The batches that need no copy, since products alone read them."""
    if not recipe.in_order:
        return []
    loads = [item.values[0] for item in items if item.values and item.values[0].op is step.LOAD]
    shown = {base(v) for v in recipe.roots}
    return [v for v in loads if v not in shown and _only_multiplied(v, items)]


def _only_multiplied(value: Value, items: Sequence[Item]) -> bool:
    """Whether all that reads the value is products whose rows it is."""
    for item in items:
        for x in (x for v in item.made for x in v.inputs if base(x) is value):
            (*_, v) = item.made
            if v.op is not matmul.MATMUL or x is not v.inputs[0] or x in v.inputs[1:] or offset(x):
                return False
    return True
