"""Reading ahead: the pages of coming steps are touched before the engine needs them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netstudio.data.spool import is_mapped

Array = NDArray[Any]
AHEAD = 64 << 20  # bytes that it may be ahead of the engine
PART = 1 << 20  # bytes touched at a time
PAUSE = 0.004  # seconds until it looks again how far the engine has come
_NOTHING = nullcontext()


def reading_ahead(
    arrays: Sequence[Array | None], order: NDArray[np.int64], used: Callable[[], int]
) -> AbstractContextManager[None]:
    """While it lasts, a thread reads the rows of arrays that lie in files, in the order of the run.

    `used` tells how many rows of the order the engine has used. Arrays in memory are left alone, and without others
    there is no thread.
    """
    mapped = [a for a in arrays if a is not None and is_mapped(a)]
    return _walking([a.reshape(len(a), -1) for a in mapped], order, used) if mapped else _NOTHING


@contextmanager
def _walking(arrays: Sequence[Array], order: NDArray[np.int64], used: Callable[[], int]) -> Iterator[None]:
    over = threading.Event()
    thread = threading.Thread(target=_walk, args=(arrays, order, used, over), name="reading ahead", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _walk(arrays: Sequence[Array], order: NDArray[np.int64], used: Callable[[], int], over: threading.Event) -> None:
    row_bytes = sum(a[:1].nbytes for a in arrays)
    step = max(1, PART // row_bytes)
    read = 0
    while read < len(order) and not over.is_set():
        read = max(read, used())  # what the engine has passed is of no use any more
        if (read - used()) * row_bytes >= AHEAD:
            over.wait(PAUSE)
            continue
        for array in arrays:
            np.take(array, order[read : read + step], axis=0)  # copies the rows, without the interpreter's lock
        read += step
