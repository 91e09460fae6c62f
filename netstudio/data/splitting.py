"""Which samples train and which validate."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from netstudio.data import spool
from netstudio.data.dataset import Array
from netstudio.errors import DataError

STREAM = 0x5B1  # keeps these numbers apart from others drawn from the same seed


def split(rows: int, fraction: float, seed: int) -> tuple[Array, Array]:
    """(training, validation) sample numbers, in a shuffled order that depends on the seed alone.

    A fraction above 0 keeps at least one sample for each of the two; DataError where there is only one in all.
    """
    if fraction == 0.0:
        return np.arange(rows), np.arange(0)
    if rows < 2:
        raise DataError(f"{rows} sample can't be split into training and validation; set validation_split to 0")
    order = np.random.default_rng([seed, STREAM]).permutation(rows)
    kept = min(max(round(rows * fraction), 1), rows - 1)
    return order[kept:], order[:kept]


def taken(arrays: Mapping[str, Array], rows: Array) -> dict[str, Array]:
    """Those samples of every array."""
    return {id: spool.taken(values, rows) for id, values in arrays.items()}
