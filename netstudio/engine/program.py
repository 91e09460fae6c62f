"""A program: roots in, tape out. Fuse, order, lay out in memory, turn into instructions."""

from __future__ import annotations

import ctypes
import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import takewhile
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netstudio.engine import fuse, memory
from netstudio.engine.emit import Emitter, Instruction, broadcast_strides
from netstudio.engine.ir import Builder, Value
from netstudio.engine.kernels import block, elementwise, gemm, state
from netstudio.engine.kernels.build import build
from netstudio.engine.ops import matmul, reduce, sources, step
from netstudio.engine.parameters import aligned_zeros
from netstudio.engine.schedule import Item, base, drop_unread, offset, schedule, total_width
from netstudio.engine.state import State
from netstudio.engine.tape import Relay, Tape

Array = NDArray[Any]
PARALLEL_NS = 10_000  # an instruction that takes less is not worth the meeting of threads
SHORT_STEP = 60  # of those: a shorter step runs on one thread, which has all it needs in its own cache
AHEAD_NS = 1_000  # preparing that takes less is not worth a second thread
TURNS = 2  # memories in which samples are prepared, for even and for odd steps
CHECK_NS = 0.1  # for an element to be found finite
# What most programs need and takes longest; the first is waited for before all else.
COMMON = (block.multiply_block, elementwise.elementwise, gemm.gemm)


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
    direct = _direct(recipe, items, dtype.itemsize)
    borrowed = _borrowed(recipe, items)
    plan = memory.plan(items, recipe.roots, {*direct, *borrowed}, dtype.itemsize)
    needs = [_scratch(item, workers, dtype) for item in items]
    head = _head(items, direct) if recipe.gradients is not None and workers > 1 else 0
    return Layout(recipe, items, plan, direct, borrowed, max(needs, default=0) * dtype.itemsize, workers, dtype, head)


def _head(items: Sequence[Item], direct: Mapping[Value, int]) -> int:
    """How many of the first items make the samples ready, where the step is short and it is worth doing meanwhile.

    They read no weights and leave nothing behind, so that they may run while the step before changes the weights.
    """
    first = list(takewhile(lambda item: not _is_tied(item, direct), items))
    worked = sum(_nanoseconds(item) for item in first if item.made[0].op is not step.LOAD)
    return len(first) if worked > AHEAD_NS and not _is_long(items) else 0


def _is_tied(item: Item, direct: Mapping[Value, int]) -> bool:
    """Whether it reads or writes what outlives the step."""
    return any(base(x).op is sources.PINNED for x in item.inputs) or any(v in direct for v in item.outputs)


def _is_long(items: Sequence[Item]) -> bool:
    """Whether a step is worth sharing."""
    return sum(_nanoseconds(item) for item in items) > SHORT_STEP * PARALLEL_NS


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


@dataclass(frozen=True)
class _Chain:
    """A chain as the kernel takes it: each value's register, what it reads, its program, outputs and sums."""

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


def _chain_instructions(e: Emitter, item: Item, watch: elementwise.Watch | None = None) -> list[Instruction]:
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


def _scratch(item: Item, workers: int, dtype: np.dtype[Any]) -> int:
    if not item.chain:
        return item.values[0].op.scratch(item.values[0], workers, dtype)
    chain, shape = _Chain.of(item), item.shape
    strides = [broadcast_strides(x.shape, shape) for x in chain.inputs]
    outputs, totals = [register for _, register in chain.outputs], [total for _, total in chain.totals]
    return elementwise.scratch(shape, strides, chain.constants, chain.program, outputs, workers, totals)


class Program:
    """A laid out recipe with its memory and its tape."""

    def __init__(self, layout: Layout, state: State) -> None:
        build(COMMON, layout.dtype, in_order=True)
        self.layout, self.state = layout, state
        self._arena = aligned_zeros(layout.plan.size // layout.dtype.itemsize, layout.dtype)
        self._scratch = aligned_zeros(layout.scratch // layout.dtype.itemsize + 16, layout.dtype)
        self._constants: dict[Value, Array] = {}
        self._factors: list[Array] = []
        self._addresses = self._all_addresses()
        self._pointers = np.zeros(len(layout.borrowed), np.int64)  # where they stand, at each step
        self._emitter = Emitter(
            layout.dtype, layout.workers, self._addresses, int(self._scratch.ctypes.data), state.address,
            {v: int(self._pointers.ctypes.data) + 8 * i for i, v in enumerate(layout.borrowed)},
        )  # fmt: skip
        self._watched_in = self._watching()
        self._long = _is_long(layout.items)
        self.steps = [(item, self._instructions(item, self._emitter)) for item in layout.items]
        self._turns = [Program(replace(layout, head=0), state) for _ in range(TURNS if layout.head else 0)]
        self.tape = self._made_tape()

    def _made_tape(self) -> Tape:
        layout, whole = self.layout, self._from(0)
        if not self._turns:
            return Tape(whole, layout.dtype, self.state, layout.workers, self)
        return Relay(whole, layout.dtype, self.state, [p._turn(layout.head) for p in self._turns], self)

    def _from(self, first: int, trial: Sequence[Instruction] = ()) -> list[Instruction]:
        """A step from that item on, with the trial just before the weights move."""
        calls = self._before()
        for item, own in self.steps[first:]:
            calls += [*trial, *own] if item is self._watched_in else own
        return [*calls, *self._after()]

    @functools.cached_property
    def careful(self) -> Tape | None:
        """A tape that first adds up what the weights would become, and goes no further where that is not finite.

        A sum of finite weights may overflow, so that a step it stopped may be sound; one that it did not stop moves
        everything or, failing earlier, nothing. None where weights and slots move in more than one pass.
        """
        item, recipe = self._watched_in, self.layout.recipe
        moved = {base(v) for v, _ in recipe.placed if v is not recipe.gradients and base(v) in self.layout.direct}
        if item is None or not moved <= set(item.outputs):
            return None
        trial, arrays = self._trial(item)
        return Tape(self._from(0, trial), self.layout.dtype, self.state, self.layout.workers, (self, arrays))

    def _trial(self, item: Item) -> tuple[list[Instruction], object]:
        """Compute the weights that the chain would write, and note where their sum is not finite; what to keep."""
        (weight,) = (v for v in item.outputs if (self._addresses[v], v.size) == self.layout.recipe.watched)
        total = self.layout.recipe.builder.make(reduce.OPS["sum"], weight, axes=(0,))
        part = Item(list(item.values), chain=True, outputs=[total], sums=[total])
        drop_unread(part)
        emitter, arrays = self._apart(part)
        shared = self._worth_threads(_nanoseconds(part))
        calls = [i._replace(parallel=shared) for i in _chain_instructions(emitter, part)]
        arguments = [emitter.address(total), 1, self.state.address, step.WEIGHTS_FAILED]
        return [*calls, Instruction(state.check_finite, arguments, False, check=True)], arrays

    def _turn(self, head: int) -> tuple[Tape, Tape]:
        """The first `head` items, for whoever sees the state a step ahead, and the rest of the step."""
        ahead = replace(self._emitter, state=int(self.state.ahead.ctypes.data))
        first = [i for item in self.layout.items[:head] for i in self._instructions(item, ahead)]
        parts = [Tape(part, self.layout.dtype, self.state, 1, self) for part in (first, self._from(head))]
        return parts[0], parts[1]

    def shown(self, name: str) -> Array:
        """A view of a shown value, as the last step left it."""
        return self._view(self.layout.recipe.shown[name])

    @functools.cached_property
    def nanoseconds(self) -> float:
        """About how long a step takes on one thread."""
        return sum(_nanoseconds(item) for item in self.layout.items)

    def spoil(self) -> None:
        """Fill the arena and the workspace with NaN: a program must not depend on what it finds there."""
        self._arena.fill(np.nan)
        self._scratch.fill(np.nan)
        for program in self._turns:
            program.spoil()

    def first_non_finite(self) -> str | None:
        """Compute the current step item by item; the node of the first value that is not finite."""
        for instruction in self._before():
            self._run_one(instruction)
        for item, instructions in self.steps:
            if item.made[0] is self.layout.recipe.gradients:
                return None
            culprit = self._culprit(item) if item.chain else None
            for instruction in instructions:
                self._run_one(instruction)
            bad = [v for v in item.outputs if not np.isfinite(self._view(v)).all()]
            if bad:
                return culprit or bad[0].node
        return None

    def _culprit(self, item: Item) -> str | None:
        """The node of a chain's first value that is not finite: asked before the chain overwrites what it reads."""
        for number, v in enumerate(item.values, 1):
            if not np.isfinite(self._computed(item.values[:number])).all():
                return v.node
        return None

    def _computed(self, values: list[Value]) -> Array:
        """The last value of the beginning of a chain, computed apart."""
        part = Item(values, chain=True, outputs=values[-1:])
        emitter, (result, _) = self._apart(part)
        for instruction in _chain_instructions(emitter, part):
            self._run_one(instruction)
        return result

    def _apart(self, part: Item) -> tuple[Emitter, tuple[Array, Array]]:
        """For a chain beside the step's own: with arrays, which its caller keeps, for its one output and workspace."""
        dtype, (output,) = self.layout.dtype, part.outputs
        result = aligned_zeros(output.size, dtype)
        scratch = aligned_zeros(_scratch(part, self.layout.workers, dtype) + 16, dtype)
        addresses = {**self._addresses, output: int(result.ctypes.data)}
        return replace(self._emitter, addresses=addresses, scratch=int(scratch.ctypes.data)), (result, scratch)

    def _run_one(self, instruction: Instruction) -> None:
        instruction.kernel(np.array(instruction.arguments, np.int64), self.layout.dtype)

    def _watching(self) -> Item | None:
        """The chain that computes, where it must end up, all that must stay finite."""
        for item in self.layout.items if self.layout.recipe.watched is not None else ():
            if item.chain and any((self._addresses[v], v.size) == self.layout.recipe.watched for v in item.outputs):
                return item
        return None

    # ---------------------------------------------------------------------------------------------- addresses

    def _all_addresses(self) -> dict[Value, int]:
        layout, found = self.layout, {**self.layout.direct, **dict.fromkeys(self.layout.borrowed, 0)}
        start = int(self._arena.ctypes.data)
        found.update({v: start + offset for v, offset in layout.plan.offsets.items()})
        todo = [v for item in layout.items for v in (*item.inputs, *item.outputs)] + layout.recipe.roots
        for value in todo:
            source = base(value)
            if source not in found:
                found[source] = self._source_address(source)
            found[value] = found[source] + offset(value) * layout.dtype.itemsize
        return found

    def _source_address(self, value: Value) -> int:
        if value.op is sources.PINNED:
            return self.layout.recipe.pinned[value.attrs["place"]]
        array = aligned_zeros(max(value.size, 1), self.layout.dtype)
        if value.op is sources.CONSTANT:
            array[:] = value.attrs["value"]
        else:
            array[:] = np.frombuffer(value.attrs["data"], np.float64)
        self._constants[value] = array
        return int(array.ctypes.data)

    def _view(self, value: Value) -> Array:
        return _array_at(self._addresses[value], value.shape, self.layout.dtype)

    def _store(self, place: int, value: Value) -> Instruction:
        rows = value.shape[0]
        arguments = [self._emitter.address(value), place, self.state.address, value.size // rows, rows]
        return Instruction(state.store_batch, arguments, self._worth_threads(CHECK_NS * value.size))

    def _factor(self, factor: float) -> int:
        self._factors.append(np.array([factor], np.float64))
        return int(self._factors[-1].ctypes.data)

    # ---------------------------------------------------------------------------------------------- instructions

    def _instructions(self, item: Item, e: Emitter) -> list[Instruction]:
        if item.chain:
            made = _chain_instructions(e, item, self._watch(item))
        else:
            made = item.values[0].op.instructions(e, item.values[0])
        return made if self._worth_threads(_nanoseconds(item)) else [i._replace(parallel=False) for i in made]

    def _watch(self, item: Item) -> elementwise.Watch | None:
        """How a chain that computes what must stay finite sees to it as it goes."""
        if self._watched_in is not item:
            return None
        assert self.layout.recipe.watched is not None
        return elementwise.Watch(self.layout.recipe.watched[0], self.state.address, step.WEIGHTS_FAILED)

    def _worth_threads(self, nanoseconds: float) -> bool:
        return self._long and nanoseconds > PARALLEL_NS

    def _before(self) -> list[Instruction]:
        if self.layout.recipe.scalars is None or self.layout.recipe.scalars[1] == 0:
            return []
        address, count = self.layout.recipe.scalars
        return [Instruction(state.load_scalars, [address, self.state.address, count], False)]

    def _after(self) -> list[Instruction]:
        recipe, e = self.layout.recipe, self._emitter
        calls = []
        for value, address in recipe.placed:
            if e.address(value) != address and value is not recipe.gradients:
                strides = broadcast_strides(value.shape, value.shape)
                calls.append(e.copy(value.shape, e.address(value), strides, address, strides)._replace(parallel=False))
        if recipe.results is not None:
            calls += [self._store(place, v) for place, v in enumerate(recipe.shown.values(), recipe.results)]
        sums = int(self.state.sums.ctypes.data)
        for value, place, factor in recipe.sums:
            arguments = [e.address(value), value.size, sums + 8 * place, self._factor(factor)]
            calls.append(Instruction(state.accumulate, arguments, False))
        if recipe.loss is not None:
            calls.append(Instruction(state.record_loss, [e.address(recipe.loss), self.state.address], False))
        if recipe.watched is not None and self._watched_in is None:
            address, count = recipe.watched
            arguments = [address, count, self.state.address, step.WEIGHTS_FAILED]
            calls.append(Instruction(state.check_finite, arguments, self._worth_threads(CHECK_NS * count)))
        return calls


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


def _array_at(address: int, shape: Sequence[int], dtype: np.dtype[Any]) -> Array:
    """The memory there as an array; whoever asks sees to it that the memory stays."""
    kind = ctypes.c_float if dtype.itemsize == 4 else ctypes.c_double
    count = int(np.prod(shape, dtype=np.int64))
    return np.ctypeslib.as_array((kind * count).from_address(address)).reshape(shape)


def _nanoseconds(item: Item) -> float:
    """About how long an item takes on one thread, where its inputs are in the cache."""
    moved = sum(v.size for v in (*item.outputs, *item.inputs))
    if item.chain:
        return 0.06 * moved + 0.05 * prod(item.shape) * len(item.made)
    value = item.values[0]
    return value.op.pace(value) * moved + value.op.multiply_adds(value) / 50.0
