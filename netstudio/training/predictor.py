"""Predictions with everything prepared: a call costs a few addresses and the tape."""

from __future__ import annotations

import ctypes
from collections.abc import Mapping, Sequence
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netstudio.data import spool
from netstudio.engine.executor import Executor
from netstudio.engine.kernels import loop
from netstudio.engine.kernels import state as places
from netstudio.engine.lower import predicted
from netstudio.engine.program import Program
from netstudio.engine.tape import address
from netstudio.engine.threads import run_at_once
from netstudio.graph.document import Endpoint
from netstudio.training.prefetch import reading_ahead

Array = NDArray[Any]
WORTH_THREADS = 300_000  # nanoseconds: waking a thread takes a good part of a tenth of that
MOST_COPIED = 1 << 13  # numbers that go in and come out of a prediction whose arrays are copied
MOST_RESTS = 16  # sizes of last batches that stay prepared
UNBROKEN = 50_000_000  # nanoseconds for which nothing can interrupt the engine


def predictor(executor: Executor, rows: int) -> Predictor | ShortPredictor:
    """What predicts soonest for so many rows at once."""
    if rows * _numbers(executor) <= MOST_COPIED:
        (program,) = executor.apart(rows, 1)
        if program.nanoseconds <= WORTH_THREADS:
            return ShortPredictor(executor, program, rows)
    return Predictor(executor, rows)


def _inputs(executor: Executor) -> dict[str, tuple[int, ...]]:
    """The shape of a row of what goes in, by Input node."""
    analysis = executor.analysis
    ids = [i for i in executor.feeds if i in analysis.graph.nodes and analysis.graph.nodes[i].type == "Input"]
    specs = {i: analysis.spec(Endpoint(i, "out")) for i in ids}
    return {i: spec.shape for i, spec in specs.items() if spec is not None}


def _numbers(executor: Executor) -> int:
    """How many numbers go in and come out for each row."""
    given = sum(prod(shape) for shape in _inputs(executor).values())
    specs = (executor.analysis.spec(end) for end in predicted(executor.analysis).values())
    return given + sum(spec.size for spec in specs if spec is not None)


class ShortPredictor:
    """Predicts for `rows` rows as one batch on the calling thread. Not for two callers at once.

    The few numbers are copied to and from arrays of its own, which takes less time than to find out where those of the
    caller are.
    """

    def __init__(self, executor: Executor, program: Program, rows: int) -> None:
        part = self._part = _Part(executor, program)
        self._order = np.arange(rows)
        self._run, self._rewind = program.tape.alone(), part.rewind
        self._inputs = {node: np.zeros((rows, *shape), executor.dtype) for node, shape in _inputs(executor).items()}
        self._results = part.empty(rows)
        part.follow(self._order, rows)
        part.begin(part.feeds(self._inputs, self._results))

    def __call__(self, arrays: Mapping[str, Array]) -> dict[str, Array]:
        """What the graph predicts, by node id, for contiguous arrays of the engine's element type."""
        for node, own in self._inputs.items():
            own[...] = arrays[node]
        self._rewind()
        self._run()
        return {node: array.copy() for node, array in self._results.items()}


class Predictor:
    """Predicts for `rows` rows as one batch, which the threads share. Not for two callers at once."""

    def __init__(self, executor: Executor, rows: int) -> None:
        program = executor.program("predict", rows)
        self._part = _Part(executor, program)
        self._order, self._rows = np.arange(rows), rows
        self._run = program.tape.run if program.nanoseconds > WORTH_THREADS else program.tape.alone()

    def __call__(self, arrays: Mapping[str, Array]) -> dict[str, Array]:
        """What the graph predicts, by node id, for contiguous arrays of the engine's element type."""
        part = self._part
        results = part.empty(self._rows)
        part.follow(self._order, self._rows)  # predictors for other numbers of rows share the state
        part.begin(part.feeds(arrays, results))
        self._run()
        return results


class BatchPredictor:
    """Predicts for many rows, `batch` at a time. Not for two callers at once.

    Each thread takes the next batch that nobody has and computes it by itself, in memory of its own: the threads never
    meet, and the batch stays in the core's cache.
    """

    def __init__(self, executor: Executor, batch: int) -> None:
        self.batch = batch
        self._executor = executor
        self._parts = [_Part(executor, program) for program in executor.apart(batch, executor.threads)]
        self._next = np.zeros(1, np.int64)  # the batch that nobody has
        self._jobs = [part.program.tape.sharing(self._next) for part in self._parts]
        self._rests: dict[int, _Part] = {}
        self._order = np.zeros(0, np.int64)

    def __call__(self, arrays: Mapping[str, Array], rows: int) -> dict[str, Array]:
        """What the graph predicts, by node id, for arrays of that many rows."""
        full, rest = divmod(rows, self.batch)
        count = self._threads(rows)
        if len(self._order) != rows:
            self._order = np.arange(rows)
        parts = self._parts[:count]
        results = parts[0].empty(rows)
        feeds = parts[0].feeds(arrays, results)
        for part in parts:
            part.follow(self._order, self.batch)
            part.begin(feeds)
        with reading_ahead(list(arrays.values()), self._order, lambda: self.batch * max(part.step for part in parts)):
            first = self._last(rest, full, feeds) if rest else None
            self._run(count, full, first)
        return results

    def _threads(self, rows: int) -> int:
        """How many threads are worth it for that many rows."""
        if self._parts[0].nanoseconds * rows <= WORTH_THREADS * self.batch:
            return 1
        return min(len(self._parts), -(-rows // self.batch))

    def _run(self, count: int, full: int, first: NDArray[np.int64] | None) -> None:
        """Predict the full batches on `count` threads, after `first` on one of them; a while at a time."""
        jobs, several = self._jobs[:count], max(1, int(UNBROKEN / self._parts[0].nanoseconds)) * count
        for begin in range(0, max(full, 1), several):
            self._next[0] = begin
            for job in jobs:
                job[loop.STEPS] = min(full, begin + several)
            todo = [address(job) for job in jobs]
            if first is not None and begin == 0:
                first[loop.NEXT] = todo[0]
                todo[0] = address(first)
            run_at_once(todo)

    def _last(self, rows: int, step: int, feeds: Sequence[int]) -> NDArray[np.int64]:
        """What predicts the last rows, too few for a batch."""
        if rows not in self._rests:
            if len(self._rests) >= MOST_RESTS:
                self._rests.clear()
            self._rests[rows] = _Part(self._executor, *self._executor.apart(rows, 1))
        part = self._rests[rows]
        part.follow(self._order, self.batch)
        part.begin(feeds, step)
        return part.single


class _Part:
    """A program with the places in its state that change from call to call; it owns the memory that the tape uses."""

    def __init__(self, executor: Executor, program: Program) -> None:
        self.program, self._dtype = program, executor.dtype
        self._block = (ctypes.c_int64 * len(program.state.block)).from_buffer(program.state.block)  # type: ignore[arg-type]
        given = _inputs(executor)
        self._inputs = [i if i in given else "" for i in executor.feeds]
        shown = program.layout.recipe.shown
        self._shapes = {key: v.shape[1:] for key, v in shown.items()}
        self.nanoseconds = program.nanoseconds
        self.single = program.tape.single()

    def empty(self, rows: int) -> dict[str, Array]:
        """Arrays for the results."""
        return {key: spool.empty((rows, *shape), self._dtype) for key, shape in self._shapes.items()}

    def feeds(self, arrays: Mapping[str, Array], results: Mapping[str, Array]) -> list[int]:
        """Where the inputs stand and the results go; whoever has the arrays keeps them until the run is over."""
        return [address(arrays[node]) if node else 0 for node in self._inputs] + [address(a) for a in results.values()]

    def follow(self, order: NDArray[np.int64], batch: int) -> None:
        """From now on take the rows in `order`, which its caller keeps, `batch` a step."""
        self._block[places.ORDER], self._block[places.STRIDE] = address(order), batch

    def begin(self, feeds: Sequence[int], step: int = 0) -> None:
        """Be ready to read and write there, at `step`."""
        block = self._block
        block[places.STEP] = step
        for place, feed in enumerate(feeds, places.FEEDS):
            block[place] = feed

    def rewind(self) -> None:
        """Go back to the first rows."""
        self._block[places.STEP] = 0

    @property
    def step(self) -> int:
        """Where it stands."""
        return int(self._block[places.STEP])
