"""Predictions of one number of rows with everything prepared: a call costs a few addresses and the tape."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from netstudio.engine.executor import Executor
from netstudio.engine.kernels import state as places

Array = NDArray[Any]
WORTH_THREADS = 300_000  # nanoseconds: starting a thread takes a good part of a tenth of that


class Predictor:
    """Predicts for `rows` rows of the graph's only Input. Not for two threads at once."""

    def __init__(self, executor: Executor, rows: int) -> None:
        program = executor.program("predict", rows)
        self._program, self._dtype = program, executor.dtype  # the program owns the memory that the tape uses
        self._block = program.state.block
        self._order = np.arange(rows)
        self._standing = (int(self._order.ctypes.data), rows)
        nodes = executor.analysis.graph.nodes
        inputs = [i for i in executor.feeds if i in nodes and nodes[i].type == "Input"]
        self._feed = places.FEEDS + executor.feeds.index(inputs[0])
        shown = program.layout.recipe.shown
        self._shapes = {key: v.shape for key, v in shown.items()}
        self._results = slice(*(places.FEEDS + len(executor.feeds) + n for n in (0, len(shown))))
        self._run = program.tape.run if program.nanoseconds > WORTH_THREADS else program.tape.alone()

    def __call__(self, x: Array) -> dict[str, Array]:
        """What the graph predicts, by node id, for a contiguous array of the engine's element type."""
        block = self._block
        block[places.STEP] = 0
        block[places.ORDER], block[places.STRIDE] = self._standing
        block[self._feed] = x.__array_interface__["data"][0]
        results = {key: np.empty(shape, self._dtype) for key, shape in self._shapes.items()}
        block[self._results] = [a.__array_interface__["data"][0] for a in results.values()]
        self._run()
        return results
