"""Predictions with everything prepared: a call costs a few addresses and the tape."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netstudio.data import spool
from netstudio.engine.executor import Executor
from netstudio.engine.kernels import state as places
from netstudio.engine.program import Program
from netstudio.engine.threads import at_once
from netstudio.training.prefetch import reading_ahead

Array = NDArray[Any]
WORTH_THREADS = 300_000  # nanoseconds: starting a thread takes a good part of a tenth of that
MOST_RESTS = 16  # sizes of last batches that stay prepared


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
        part.begin(_addresses(arrays), results, self._order, self._rows)
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
        self._rests: dict[int, _Part] = {}
        self._order = np.zeros(0, np.int64)

    def __call__(self, arrays: Mapping[str, Array], rows: int) -> dict[str, Array]:
        """What the graph predicts, by node id, for arrays of that many rows."""
        full, rest = divmod(rows, self.batch)
        steps = [full] * (rest > 0) + list(range(full))
        several = self._parts[0].nanoseconds * rows > WORTH_THREADS * self.batch
        parts = self._parts[: len(steps) if several else 1]
        last = {full: self._rest(rest)} if rest else {}
        if len(self._order) != rows:
            self._order = np.arange(rows)
        results, addresses = parts[0].empty(rows), _addresses(arrays)
        for part in (*parts, *last.values()):
            part.begin(addresses, results, self._order, self.batch)
        with reading_ahead(list(arrays.values()), self._order, lambda: self.batch * max(part.step for part in parts)):
            todo = iter(steps)
            at_once([functools.partial(_run, part, last, todo) for part in parts])
        return results

    def _rest(self, rows: int) -> _Part:
        """What predicts the last rows, too few for a batch."""
        if rows not in self._rests:
            if len(self._rests) >= MOST_RESTS:
                self._rests.clear()
            self._rests[rows] = _Part(self._executor, *self._executor.apart(rows, 1))
        return self._rests[rows]


class _Part:
    """A program with the places in its state that change from call to call; it owns the memory that the tape uses."""

    def __init__(self, executor: Executor, program: Program) -> None:
        self._program, self._dtype = program, executor.dtype
        self._block = program.state.block
        nodes, feeds = executor.analysis.graph.nodes, enumerate(executor.feeds, places.FEEDS)
        self._inputs = [(n, i) for n, i in feeds if i in nodes and nodes[i].type == "Input"]
        shown = program.layout.recipe.shown
        self._shapes = {key: v.shape[1:] for key, v in shown.items()}
        first = places.FEEDS + len(executor.feeds)
        self._results = slice(first, first + len(shown))
        self.nanoseconds = program.nanoseconds
        self._alone = program.tape.alone()

    def empty(self, rows: int) -> dict[str, Array]:
        """Arrays for the results."""
        return {key: spool.empty((rows, *shape), self._dtype) for key, shape in self._shapes.items()}

    def begin(
        self, addresses: Mapping[str, int], results: Mapping[str, Array], order: NDArray[np.int64], batch: int
    ) -> None:
        """Be ready to read the inputs at the addresses and to write to `results`, which the caller keeps."""
        block = self._block
        block[places.STEP] = 0
        block[places.ORDER], block[places.STRIDE] = _address(order), batch
        for place, node in self._inputs:
            block[place] = addresses[node]
        block[self._results] = [_address(a) for a in results.values()]

    def run(self, step: int) -> None:
        """Run that step on the calling thread."""
        self._block[places.STEP] = step
        self._alone()

    @property
    def step(self) -> int:
        """Where it stands."""
        return int(self._block[places.STEP])


def _run(part: _Part, last: Mapping[int, _Part], steps: Iterator[int]) -> None:
    """Run those of the steps that no other thread takes; the last one has a program of its own."""
    for step in steps:
        last.get(step, part).run(step)


def _addresses(arrays: Mapping[str, Array]) -> dict[str, int]:
    return {node: _address(a) for node, a in arrays.items()}


def _address(array: Array) -> int:
    return int(array.__array_interface__["data"][0])
