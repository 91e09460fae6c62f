"""A tape: instructions bound to addresses, and the threads that run it."""

from __future__ import annotations

import ctypes
import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netstudio.engine.emit import Instruction
from netstudio.engine.kernels import loop
from netstudio.engine.kernels.build import build
from netstudio.engine.state import State
from netstudio.engine.threads import give_way, native, run_at_once


class Tape:
    """Instructions in order, for at most `workers` threads. `keep` is what they point into."""

    def __init__(
        self, instructions: Sequence[Instruction], dtype: np.dtype[Any], state: State, workers: int, keep: object
    ) -> None:
        self.state, self._keep = state, keep
        self.workers = workers if any(i.parallel for i in instructions) else 1
        self.count = len(instructions)
        self._arguments = np.array([x for i in instructions for x in i.arguments], np.int64)
        self._tape = np.zeros((self.count, loop.FIELDS), np.int64)
        self._single: dict[tuple[int, int], NDArray[np.int64]] = {}  # the arguments of one step
        build((i.kernel for i in instructions), dtype)
        address, serial = self._arguments.ctypes.data, False
        for row, i in zip(self._tape, instructions, strict=True):
            mode = loop.CHECK if i.check else loop.PARALLEL if i.parallel else loop.SERIAL
            row[:] = i.kernel.address(dtype), address, mode, not (serial and not i.parallel)
            serial = not i.parallel
            address += 8 * len(i.arguments)
        native(loop.run)

    def run(self, steps: int = 1, workers: int | None = None) -> None:
        """Run that many steps, or fewer where the state says stop or a check fails, on at most `workers` threads."""
        count = min(self.workers, workers or self.workers)
        jobs = [self._job(steps, worker, count) for worker in range(count)]
        run_at_once([address(job) for job in jobs])

    def alone(self) -> Callable[[], None]:
        """What runs one step on the calling thread alone, everything looked up."""
        return functools.partial(native(loop.run), address(self._job(1, 0, 1)))

    def sharing(self, counter: NDArray[np.int64]) -> NDArray[np.int64]:
        """What `run_at_once` takes, by its address: the steps before STEPS, at first 0, that no other tape takes.

        The tapes share the counter, which says what the next step is. They run on one thread each.
        """
        job = self._made(0, 0, 1)
        job[loop.COUNTER] = address(counter)
        return job

    def single(self) -> NDArray[np.int64]:
        """What `run_at_once` takes, by its address: one step, on one thread."""
        return self._made(1, 0, 1)

    def _job(self, steps: int, worker: int, workers: int) -> NDArray[np.int64]:
        if steps != 1:
            return self._made(steps, worker, workers)
        if (worker, workers) not in self._single:
            self._single[worker, workers] = self._made(1, worker, workers)
        return self._single[worker, workers]

    def _made(self, steps: int, worker: int, workers: int) -> NDArray[np.int64]:
        values = [self._tape.ctypes.data, self.count, self.state.address, steps, worker, workers, give_way(), 0, 0]
        return np.array(values, np.int64)


class Relay(Tape):
    """A tape for steps that a second thread prepares, one ahead of the thread that takes them.

    `instructions` are those of a step taken by one thread alone. `turns` are what the first step and every other
    consists of, and what the rest do, in memory of their own: the tape that prepares, which sees the state a step
    ahead, and the one that goes on from there.
    """

    def __init__(
        self,
        instructions: Sequence[Instruction],
        dtype: np.dtype[Any],
        state: State,
        turns: Sequence[tuple[Tape, Tape]],
        keep: object,
    ) -> None:
        super().__init__(instructions, dtype, state, 1, keep)
        self._turns = turns
        self._signs = np.zeros(loop.SIGNS, np.int64)
        native(loop.relay)

    def run(self, steps: int = 1, workers: int | None = None) -> None:
        if steps == 1 or workers == 1:
            super().run(steps, 1)
            return
        self.state.ahead[:] = self.state.block
        self._signs[:] = -1
        tapes = [self, *(part for turn in self._turns for part in turn)]
        shared = [address(array) for array in (self.state.block, self.state.ahead, self._signs)]
        ends = [give_way(), *(x for tape in tapes for x in (address(tape._tape), tape.count))]
        jobs = [np.array([*shared, steps, worker, *ends], np.int64) for worker in range(2)]
        run_at_once([address(job) for job in jobs], loop.relay)


def address(array: NDArray[Any]) -> int:
    """Where the array's first element stands; the array is contiguous."""
    try:
        return ctypes.addressof(ctypes.c_char.from_buffer(array))  # type: ignore[arg-type]  # in a fifth of the time
    except (TypeError, ValueError):  # not writable, or empty
        return int(array.__array_interface__["data"][0])
