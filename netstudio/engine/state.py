"""The state of a run that tapes share: where it stands, where its data lies, what it has added up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netstudio.engine.kernels import state as places

Array = NDArray[Any]


class State:
    """One run's state block (see `kernels.state`) and the arrays that it points to, kept alive."""

    def __init__(self, feeds: int, sums: int, seed: int = 0) -> None:
        self.block = np.zeros(places.FEEDS + feeds + 8, np.int64)
        self.block[places.SEED] = seed
        self.ahead = np.zeros_like(self.block)  # the block as whoever prepares the next step sees it
        self.sums = np.zeros(sums, np.float64)
        self._order = np.zeros(0, np.int64)
        self._scalars = np.zeros(0, np.float64)
        self.losses = np.zeros(0, np.float64)
        self._feeds: Sequence[Array] = ()

    @property
    def address(self) -> int:
        return int(self.block.ctypes.data)

    def __getitem__(self, place: int) -> int:
        return int(self.block[place])

    def __setitem__(self, place: int, value: int) -> None:
        self.block[place] = value

    def feed(self, arrays: Sequence[Array | None]) -> None:
        """Where the data lies: contiguous arrays of the element type, in the order of the feeds.

        Arrays that results go to may follow, in the order in which the program shows them.
        """
        self._feeds = [a for a in arrays if a is not None]
        self.block[places.FEEDS :] = 0
        for number, array in enumerate(arrays):
            self.block[places.FEEDS + number] = 0 if array is None else array.ctypes.data

    def begin(self, order: NDArray[np.int64], batch: int, steps: int, scalars: NDArray[np.float64]) -> None:
        """Begin a pass over rows in `order`, `batch` a step; `scalars` holds a row of numbers for each step."""
        self._order = np.ascontiguousarray(order, np.int64)
        self._scalars = np.ascontiguousarray(scalars, np.float64)
        self.losses = np.zeros(steps, np.float64)
        self.sums[:] = 0.0
        self.block[places.STEP] = 0
        self.block[places.FAILED] = 0
        self.block[places.STOP] = 0
        self.block[places.STRIDE] = batch
        self.block[places.ORDER] = self._order.ctypes.data
        self.block[places.SCALARS] = self._scalars.ctypes.data
        self.block[places.LOSSES] = self.losses.ctypes.data
