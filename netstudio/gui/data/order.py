"""Which rows a table shows, and in which order: row numbers alone, the samples stay where they are. Knows no Qt."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from netstudio.gui.data.columns import Column
from netstudio.gui.data.filters import masked

Rows = NDArray[np.int64]
Sort = tuple[int, bool]  # the number of a column, and whether it falls


def ordered(columns: Sequence[Column], text: str, sort: Sort | None) -> Rows | None:
    """The numbers of the rows that `text` lets through, sorted; None where that is all of them as they stand.

    Rows of the same value keep their order, missing ones stand last. DataError where `text` can't be understood.
    """
    mask = masked(text, columns)
    rows = None if mask is None else np.flatnonzero(mask)
    if sort is None:
        return rows
    keys = columns[sort[0]].keys
    keys = keys if rows is None else keys[rows]
    # Rows of equal keys keep their order in either direction, so falling keys are negated rather than turned round.
    place = np.argsort(-keys if sort[1] else keys, kind="stable")
    return place if rows is None else rows[place]
