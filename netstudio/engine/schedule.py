"""The order of the work, with elementwise operations gathered into chains that run as one pass over memory.

Values are taken in the order in which they were made; elementwise ones of sources alone wait until something reads
them, so that a weight's decay is computed where the weight moves. An elementwise value joins the chain that makes its
latest input, or a later one, where the shapes agree: everything else it reads is there before that chain runs, so no
order is broken. A sum over all axes, or all but the last, joins it as well: it is added up while the chain passes.

What a chain would store for later chains alone is computed anew there, where that takes a few cheap operations and no
more memory to read.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from math import prod

from netstudio.engine.autodiff import ancestors
from netstudio.engine.ir import Shape, Value
from netstudio.engine.kernels import elementwise as kernels
from netstudio.engine.ops import reduce, sources
from netstudio.engine.ops.elementwise import Elementwise
from netstudio.engine.ops.sources import Source

SMALL = 4096  # elements: of such values it matters only how many chains they make
LONGEST = 48  # operations in a chain
MOST_INPUTS = 24
AGAIN = 3  # operations that are done a second time rather than stored
CHEAP = frozenset({
    "copy", "neg", "abs", "sign", "square", "relu", "add", "sub", "mul", "maximum", "minimum", "clip", "where",
    "gt", "ge", "lt", "le", "eq", "ne",
})  # fmt: skip


@dataclass(frozen=True, eq=False)
class Run:
    """Items that stand side by side and go through memory together, so many bands one after another; see `bands`."""

    bands: int


@dataclass
class Item:
    """One thing to run: an operation, or a chain of elementwise ones of one shape and sums of what passes through it.

    `outputs` are what is stored: the values that something outside of the item reads, and the sums.
    """

    values: list[Value]
    chain: bool = False
    outputs: list[Value] = field(default_factory=list)
    sums: list[Value] = field(default_factory=list)
    run: Run | None = None

    @property
    def made(self) -> list[Value]:
        """All that it computes."""
        return [*self.values, *self.sums]

    @property
    def shape(self) -> Shape:
        """Of its elementwise values."""
        return self.values[0].shape if self.values else self.sums[0].inputs[0].shape

    @property
    def inputs(self) -> list[Value]:
        """What is read from outside, each once, constants included."""
        own = set(self.values)
        return list(dict.fromkeys(x for v in self.made for x in v.inputs if x not in own))

    @property
    def node(self) -> str | None:
        return self.made[-1].node


def together(items: Iterable[Item]) -> list[list[Item]]:
    """The items of each run, and every other by itself."""
    found: list[list[Item]] = []
    for item in items:
        if item.run is not None and found and found[-1][0].run is item.run:
            found[-1].append(item)
        else:
            found.append([item])
    return found


def base(value: Value) -> Value:
    """The value whose memory this one shares."""
    while value.op.view:
        value = value.inputs[0]
    return value


def offset(value: Value) -> int:
    """How many elements past the start of its `base` a value begins."""
    elements = 0
    while value.op.view:
        elements += value.attrs.get("offset", 0)
        value = value.inputs[0]
    return elements


def total_width(value: Value) -> int:
    """The columns of a sum that a chain can add up: the last axis, or 1 where all are summed; 0 of anything else."""
    if value.op is not reduce.OPS["sum"]:
        return 0
    shape, axes = value.inputs[0].shape, value.attrs["axes"]
    if len(axes) == len(shape):
        return 1
    columns = axes == tuple(range(len(shape) - 1)) and shape[-1] <= kernels.BLOCK
    return shape[-1] if columns else 0


def schedule(roots: Sequence[Value]) -> list[Item]:
    """Items in the order to run them."""
    items = _gather(roots)
    _find_outputs(items, roots)
    _compute_again(items, roots)
    for item in items:
        drop_unread(item)
    return [item for item in items if item.outputs]


def _gather(roots: Sequence[Value]) -> list[Item]:
    items: list[Item] = []
    place: dict[Value, int] = {}
    for v in _in_order(roots):
        if isinstance(v.op, Source):
            place[v] = -1
        elif v.op.view:
            place[v] = place[v.inputs[0]]
        elif isinstance(v.op, Elementwise):
            place[v] = _chain_for(v, v.shape, items, place)
            items[place[v]].values.append(v)
        elif total_width(v):
            place[v] = _chain_for(v, v.inputs[0].shape, items, place)
            items[place[v]].sums.append(v)
        else:
            items.append(Item([v], outputs=[v]))
            place[v] = len(items) - 1
    return items


def _in_order(roots: Sequence[Value]) -> Iterator[Value]:
    """All values that are needed, each after what it reads; elementwise ones of sources alone just before a reader."""
    waiting: dict[Value, int] = {}
    for number, v in enumerate(ancestors(roots)):
        if isinstance(v.op, Elementwise) and all(x in waiting or isinstance(base(x).op, Source) for x in v.inputs):
            waiting[v] = number
        else:
            yield from _taken(v, waiting)
            yield v
    yield from waiting


def _taken(v: Value, waiting: dict[Value, int]) -> list[Value]:
    """Those that wait for `v`, which from now on do not."""
    found: dict[Value, int] = {}
    todo = [v]
    while todo:
        for x in todo.pop().inputs:
            if x in waiting:
                found[x] = waiting.pop(x)
                todo.append(x)
    return sorted(found, key=found.__getitem__)


def _chain_for(v: Value, shape: Shape, items: list[Item], place: dict[Value, int]) -> int:
    """The chain of `shape` that `v` joins: that of its latest input, one after it, or a new one.

    Large values join the last item only: what is computed long before it is read takes memory.
    """
    latest = max((place[x] for x in v.inputs), default=-1)
    later = range(max(latest, 0), len(items))
    for at in later if prod(shape) <= SMALL else [*later[:1], *later[1:][-1:]]:
        if not items[at].chain or items[at].shape != shape:
            continue
        whole = any(place[x] == at and not isinstance(x.op, Elementwise) for x in v.inputs)  # a view, or a sum
        if not whole and _has_room(items[at], [v]):
            return at
    items.append(Item([], chain=True))
    return len(items) - 1


def _has_room(item: Item, more: Collection[Value]) -> bool:
    inputs = len(item.inputs) + sum(len(v.inputs) for v in more)
    return len(item.made) + len(more) <= LONGEST and inputs <= MOST_INPUTS


def _readers(items: Sequence[Item]) -> dict[Value, list[tuple[Item, Value]]]:
    """For each value that an item outside of its own reads: the items, and what they read it as."""
    found: dict[Value, list[tuple[Item, Value]]] = {}
    for item in items:
        for x in item.inputs:
            found.setdefault(base(x), []).append((item, x))
    return found


def _find_outputs(items: Sequence[Item], roots: Sequence[Value]) -> None:
    read = {*_readers(items), *(base(root) for root in roots)}
    for item in items:
        if item.chain:
            item.outputs = [v for v in item.made if v in read or v in item.sums]


def _compute_again(items: Sequence[Item], roots: Sequence[Value]) -> None:
    """Where it is no loss, let the readers of a chain's values compute them themselves."""
    readers, wanted = _readers(items), {base(root) for root in roots}
    for item in items:
        for v in [v for v in item.values if item.chain and v in item.outputs and v not in wanted]:
            steps = _steps_to(v, item)
            if steps and all(_can_compute(reader, x, v, steps) for reader, x in readers[v]):
                item.outputs.remove(v)
                for reader, _ in readers[v]:
                    reader.values = sorted({*reader.values, *steps}, key=lambda value: value.number)


def _steps_to(v: Value, item: Item) -> list[Value]:
    """The few operations that lead to `v` from what is stored; [] where they are dear or what they read may change."""
    steps: list[Value] = []
    todo = [v]
    while todo:
        step = todo.pop()
        if step.op.name not in CHEAP or len(steps) == AGAIN:
            return []
        steps.append(step)
        for x in step.inputs:
            if base(x).op is sources.PINNED:
                return []
            if x in item.values and x not in item.outputs and x not in steps:
                todo.append(x)
    return steps


def _can_compute(reader: Item, x: Value, v: Value, steps: Sequence[Value]) -> bool:
    if x is not v or not reader.chain or reader.shape != v.shape or not _has_room(reader, steps):
        return False
    there = {*steps, *reader.inputs, *reader.values}
    new = {y for step in steps for y in step.inputs if y not in there and y.size == v.size}
    return len(new) <= 1


def drop_unread(item: Item) -> None:
    """Leave out what nothing reads any more."""
    if not item.chain:
        return
    read = {*item.outputs, *_inputs(item.sums)}
    kept: list[Value] = []
    for v in reversed(item.values):
        if v in read:
            kept.append(v)
            read.update(v.inputs)
    item.values = kept[::-1]


def _inputs(values: Iterable[Value]) -> set[Value]:
    return {x for v in values for x in v.inputs}
