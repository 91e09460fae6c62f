"""A program: a layout with its memory, turned into the instructions of a tape."""

from __future__ import annotations

import ctypes
import functools
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netstudio.engine import bands, calling, chains, sharing
from netstudio.engine.emit import Emitter, Instruction, broadcast_strides
from netstudio.engine.ir import Value
from netstudio.engine.kernels import block, elementwise, gemm, state
from netstudio.engine.kernels.bands import in_bands
from netstudio.engine.kernels.build import build
from netstudio.engine.layout import TURNS, Layout
from netstudio.engine.ops import reduce, sources, step
from netstudio.engine.parameters import aligned_zeros
from netstudio.engine.schedule import Item, base, drop_unread, offset, together
from netstudio.engine.state import State
from netstudio.engine.tape import Relay, Tape

Array = NDArray[Any]
CHECK_NS = 0.1  # for an element to be found finite
# What most programs need and takes longest; the first is waited for before all else.
COMMON = (block.multiply_block, elementwise.elementwise, gemm.gemm)


class Program:
    """A laid out recipe with its memory and its tape."""

    def __init__(self, layout: Layout, state: State) -> None:
        build(COMMON, layout.dtype, in_order=True)
        self.layout, self.state = layout, state
        self._arena = aligned_zeros(layout.plan.size // layout.dtype.itemsize, layout.dtype)
        self._scratch = aligned_zeros(layout.scratch // layout.dtype.itemsize + 16, layout.dtype)
        self._constants: dict[Value, Array] = {}
        self._factors: list[Array] = []
        self._tables: list[NDArray[np.int64]] = []  # what the instructions of runs point into
        self._addresses = self._all_addresses()
        self._pointers = np.zeros(len(layout.borrowed), np.int64)  # where they stand, at each step
        self._emitter = Emitter(
            layout.dtype, layout.workers, self._addresses, int(self._scratch.ctypes.data), state.address,
            {v: int(self._pointers.ctypes.data) + 8 * i for i, v in enumerate(layout.borrowed)},
        )  # fmt: skip
        self._watched_in = self._watching()
        self._long = sharing.is_long(layout.items)
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
        calls = self.before()
        steps = iter(self.steps[first:])
        for run in together(self.layout.items[first:]):
            own = [i for _, (_, instructions) in zip(run, steps) for i in instructions]
            own = own if run[0].run is None else [self._in_bands(run)]
            calls += [*trial, *own] if run[0] is self._watched_in else own
        return [*calls, *self.after()]

    def _in_bands(self, run: Sequence[Item]) -> Instruction:
        """What computes a run of items band by band."""
        cut, e, layout = bands.Cut(run), self._emitter, self.layout
        step = cut.scratch(layout.dtype) * e.itemsize
        places = [(band, e.scratch + worker * step) for worker in range(layout.workers) for band in range(cut.bands)]
        made = [i for band, workspace in places for i in cut.instructions(e, band, workspace)]
        build((i.kernel for i in made), layout.dtype)
        values = np.array([x for i in made for x in i.arguments], np.int64)
        starts = values.ctypes.data + values.itemsize * np.cumsum([0, *(len(i.arguments) for i in made)])
        table = np.array([(i.kernel.address(layout.dtype), at) for i, at in zip(made, starts)], np.int64)
        self._tables += [values, table]
        arguments = [0, cut.bands, len(made) // len(places), int(table.ctypes.data)]
        return Instruction(in_bands, arguments, self._worth_threads(sum(map(sharing.nanoseconds, run))))

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
        shared = self._worth_threads(sharing.nanoseconds(part))
        calls = [i._replace(parallel=shared) for i in chains.instructions(emitter, part)]
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
        return sum(sharing.nanoseconds(item) for item in self.layout.items)

    def spoil(self) -> None:
        """Fill the arena and the workspace with NaN: a program must not depend on what it finds there."""
        self._arena.fill(np.nan)
        self._scratch.fill(np.nan)
        for program in self._turns:
            program.spoil()

    def first_non_finite(self) -> str | None:
        """Compute the current step item by item; the node of the first value that is not finite."""
        for instruction in self.before():
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
        for instruction in chains.instructions(emitter, part):
            self._run_one(instruction)
        return result

    def _apart(self, part: Item) -> tuple[Emitter, tuple[Array, Array]]:
        """For a chain beside the step's own: with arrays, which its caller keeps, for its one output and workspace."""
        dtype, (output,) = self.layout.dtype, part.outputs
        result = aligned_zeros(output.size, dtype)
        scratch = aligned_zeros(chains.scratch(part, self.layout.workers) + 16, dtype)
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
        made = calling.instructions(e, item, self._watch(item))
        return made if self._worth_threads(sharing.nanoseconds(item)) else [i._replace(parallel=False) for i in made]

    def _watch(self, item: Item) -> elementwise.Watch | None:
        """How a chain that computes what must stay finite sees to it as it goes."""
        if self._watched_in is not item:
            return None
        assert self.layout.recipe.watched is not None
        return elementwise.Watch(self.layout.recipe.watched[0], self.state.address, step.WEIGHTS_FAILED)

    def _worth_threads(self, nanoseconds: float) -> bool:
        return self._long and nanoseconds > sharing.PARALLEL_NS

    def before(self) -> list[Instruction]:
        """What comes before the items: the step's scalars."""
        if self.layout.recipe.scalars is None or self.layout.recipe.scalars[1] == 0:
            return []
        address, count = self.layout.recipe.scalars
        return [Instruction(state.load_scalars, [address, self.state.address, count], False)]

    def after(self) -> list[Instruction]:
        """What comes after the items: copies, results, sums, the loss and a last look at the weights."""
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


def _array_at(address: int, shape: Sequence[int], dtype: np.dtype[Any]) -> Array:
    """The memory there as an array; whoever asks sees to it that the memory stays."""
    kind = ctypes.c_float if dtype.itemsize == 4 else ctypes.c_double
    count = int(np.prod(shape, dtype=np.int64))
    return np.ctypeslib.as_array((kind * count).from_address(address)).reshape(shape)
