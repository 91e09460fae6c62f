"""Windows of a time series: a sample is some rows of a table one after the other.

A window is a view of the rows: those of two windows that overlap are there once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from netstudio.data import spool
from netstudio.data.binding import ANSWERS
from netstudio.data.dataset import Array, Dataset
from netstudio.data.settings import DataSettings
from netstudio.data.settings.columns import GROUP, TIME
from netstudio.data.settings.window import WindowSettings
from netstudio.data.splitting import Parts, split_dataset
from netstudio.data.table import Table
from netstudio.errors import DataError


@dataclass(frozen=True)
class Windows:
    """Window i is of the rows from `stride` × i on, and its target stands `horizon` rows after its last one.

    `whole` are the numbers of the windows that lie within one group. Where targets do not matter, the last windows are
    those whose target is yet to come.
    """

    steps: int
    horizon: int
    stride: int
    count: int
    whole: Array

    @classmethod
    def of(cls, table: Table, settings: DataSettings, window: WindowSettings, targets: bool = True) -> Windows:
        """The windows of a table whose rows are in the order of time, group by group.

        DataError where they are not, or there are too few of them.
        """
        ahead = window.horizon if targets else 0
        span = window.steps + ahead
        count = (table.rows - span) // window.stride + 1
        if count < 1:
            raise DataError(
                f"{table.source} has {table.rows} rows, too few for a window of {window.steps} steps"
                + (f" and a target {ahead} rows after it" if ahead else "")
                + "; make the window shorter"
            )
        run = _runs(table, settings)
        starts = np.arange(count) * window.stride
        whole = np.flatnonzero(run[starts] == run[starts + span - 1])
        if not len(whole):
            raise DataError(f"{table.source}: no group has the {span} rows that a window needs; make it shorter")
        return cls(window.steps, ahead, window.stride, count, whole)

    @property
    def overlap(self) -> int:
        """How many windows before one share rows with it."""
        return -(-(self.steps + self.horizon) // self.stride) - 1

    @property
    def last(self) -> Array:
        """The last row of each window."""
        return np.arange(self.count) * self.stride + self.steps - 1

    def rows(self, windows: Array) -> Array:
        """The rows that some windows see, their targets' too, each once."""
        return np.flatnonzero(self._seen(windows))

    def _seen(self, windows: Array) -> Array:
        starts = windows * self.stride
        span = self.steps + self.horizon
        edges = np.zeros(self.count * self.stride + span + 1, np.int64)
        np.add.at(edges, starts, 1)
        np.add.at(edges, starts + span, -1)
        seen: Array = np.cumsum(edges) > 0
        return seen

    def split(
        self,
        samples: Dataset,
        settings: DataSettings,
        seed: int,
        targets: Mapping[str, Array],
        divide: Callable[..., Parts] = split_dataset,
    ) -> Parts:
        """The windows' numbers by part, of samples that `answers` gave and their targets; unasked, the latest last."""
        if len(self.whole) < self.count:
            fields = {name: spool.taken(values, self.whole) for name, values in samples.fields.items()}
            samples = replace(samples, fields=fields)
            targets = {id: spool.taken(values, self.whole) for id, values in targets.items()}
        parts = divide(samples, settings, seed, targets, self.overlap)
        apart = self._apart(Parts(*(self.whole[rows] for rows in (parts.training, parts.validation, parts.test))))
        if len(apart.by_name()) < len(parts.by_name()):
            raise DataError(
                f"{samples.source}: too few windows are left once none shares rows with another part; make the windows "
                "shorter, or split by time"
            )
        return apart

    def _apart(self, parts: Parts) -> Parts:
        """The parts, of which no window shares a row with one of a later part: what would is left out."""
        validation = self._without(parts.validation, parts.test)
        return Parts(self._without(parts.training, np.concatenate([validation, parts.test])), validation, parts.test)

    def _without(self, windows: Array, others: Array) -> Array:
        if not len(others):
            return windows
        before = np.concatenate([[0], np.cumsum(self._seen(others))])
        starts = windows * self.stride
        free: Array = windows[before[starts + self.steps + self.horizon] == before[starts]]
        return free

    def answers(self, dataset: Dataset) -> Dataset:
        """The columns and the answers at the row that each window's target stands in."""
        rows = self.last + self.horizon
        fields = {name: values[rows] for name, values in dataset.fields.items() if name != "features"}
        return replace(dataset, fields=fields, columns=(), table=None)

    def cut(self, dataset: Dataset, loaded: Dataset) -> Dataset:
        """Each window's features, (steps, features), and the answers as they were `loaded`.

        A column by itself is (steps,) in each window.
        """
        target = loaded.table.target if loaded.table is not None else None
        answers = {n: v for n, v in self.answers(loaded).fields.items() if n in (*ANSWERS, target)} if target else {}
        held = {name: self._view(values) for name, values in dataset.fields.items() if name not in answers}
        return replace(dataset, fields={**held, **answers}, table=None)

    def _view(self, values: Array) -> Array:
        """(count, steps, ...) of (rows, ...)."""
        seen = np.lib.stride_tricks.sliding_window_view(values, self.steps, axis=0)[:: self.stride][: self.count]
        moved: Array = np.moveaxis(seen, -1, 1)
        return moved


def _runs(table: Table, settings: DataSettings) -> Array:
    """For each row, the number of the run of rows that it stands in: of one group, with none left out between them.

    DataError where a group's rows do not stand together or its times go back.
    """
    group = _column(table, settings, GROUP)
    run = np.zeros(table.rows, np.int64)
    if group is not None:
        run[1:] = np.cumsum(group[1:] != group[:-1])
        names = group[np.concatenate([[0], np.flatnonzero(np.diff(run)) + 1])]
        if len(np.unique(names)) < len(names):
            raise DataError(
                f"{table.source}: the rows of a group do not stand together; sort the file by group and time"
            )
    time = _column(table, settings, TIME)
    if table.lines is not None:
        run[1:] += np.cumsum(np.diff(table.lines) != 1)
    if time is not None:
        back = np.flatnonzero((np.diff(time) < 0) & (np.diff(run) == 0))
        if len(back):
            raise DataError(
                f"{table.source}: {table.where(int(back[0]) + 1)} is earlier than the line before it; windows need the "
                "rows in the order of time: sort the file"
            )
    return run


def _column(table: Table, settings: DataSettings, role: str) -> Array | None:
    name = next((n for n, column in settings.columns.items() if column.role == role), None)
    if name is None or name not in table:  # new data may be a single group, and have no times
        return None
    column = table[name]
    if column.problem or column.values is None:
        raise DataError(f"{table.source}: {column.problem or f'column {name!r} holds texts'}")
    return column.values if column.exact is None else column.exact
