"""A table that is read once and used under several settings, while somebody chooses what its columns are for."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from netstudio.data import spool
from netstudio.data.settings.columns import NUMBER, TIME
from netstudio.data.settings.read import ReadSettings
from netstudio.data.sources.columns import mending
from netstudio.data.table import Asked, Column, Table

EXACT = 2.0**24  # below it every whole number is one in float32


class Reuse:
    """Keeps the table that was read last, and gives it again while its file, and how it is read, are the same.

    What the columns are for may change from call to call. Safe for threads: who asks while the table is being read
    waits for it, and reads it no second time.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._key: Any = None
        self._read: tuple[Asked, Table] | None = None

    def table(self, path: Path, asked: Asked, read: ReadSettings, make: Callable[[], Table]) -> Table:
        """The table at `path` as it is asked for: the one that is kept, or what `make` reads."""
        with self._lock:
            there = path.stat()
            key = (path.absolute(), there.st_mtime_ns, there.st_size, tuple(read.params.items()))
            if self._read is not None and key == self._key:
                made = as_asked(self._read[1], self._read[0], asked)
                if made is not None:
                    return made
            self._read = None  # two large tables need not lie side by side
            made = make()
            self._key, self._read = key, (asked, made)
            return made


def as_asked(table: Table, before: Asked, asked: Asked) -> Table | None:
    """A table that was read as asked `before`, as if it had been read as `asked`; None where it must be read again.

    Features may stand apart from the other numbers then, and others among them: recipes go by the roles alone.
    """
    columns = [_column(column, before, asked) for column in table.columns]
    made = [column for column in columns if column is not None]
    same = all(new is old for new, old in zip(columns, table.columns, strict=True))
    if len(made) < len(columns) or not (same or asked.columns):
        return None
    return replace(table, columns=tuple(made), target=asked.target)


def _column(column: Column, before: Asked, asked: Asked) -> Column | None:
    name = column.name
    old, new = before.role(name), asked.role(name)
    if asked.kind(name) not in (before.kind(name), column.kind):
        return None
    if old == new:
        return column
    if TIME in (old, new):  # a column of texts is read as dates for it
        return None
    ends = [mending(name, column.kind, role) for role in (old, new)]
    if column.problem is not None and column.problem.endswith(ends[0]):
        column = replace(column, problem=column.problem.removesuffix(ends[0]) + ends[1])
    if column.kind != NUMBER or column.exact is not None or column.values is None:
        return column
    if spool.first_row(column.values, lambda part: np.abs(part) >= EXACT) is not None:
        return None
    return replace(column, exact=spool.converted(column.values, np.float64))
