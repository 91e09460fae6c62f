"""Predictions of one number of rows with everything prepared: a call costs two addresses, the tape and a copy."""

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
        self._program = program  # owns the memory that the views show
        self._block = program.state.block
        self._order = np.arange(rows)
        self._standing = (int(self._order.ctypes.data), rows)
        inputs = [i for i in executor.feeds if executor.analysis.graph.nodes[i].type == "Input"]
        self._feed = places.FEEDS + executor.feeds.index(inputs[0])
        self._views = {key: program.shown(key) for key in program.layout.recipe.shown}
        self._run = program.tape.run if program.nanoseconds > WORTH_THREADS else program.tape.alone()

    def __call__(self, x: Array) -> dict[str, Array]:
        """What the graph predicts, by node id, for a contiguous array of the engine's element type."""
        block = self._block
        block[places.STEP] = 0
        block[places.ORDER], block[places.STRIDE] = self._standing
        block[self._feed] = x.__array_interface__["data"][0]
        self._run()
        return {key: view.copy() for key, view in self._views.items()}
