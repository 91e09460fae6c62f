"""A table as it was read: its columns with their empty cells, before anything is made of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from netstudio.data import spool
from netstudio.data.settings.columns import CATEGORY, DATE, FEATURE, NUMBER, TARGET, TEXT, ColumnSettings
from netstudio.data.spool import Array
from netstudio.data.texts import Texts
from netstudio.errors import DataError, suggestion

Lines = Callable[[int], int]  # in which line of a file a row begins, both numbers as people and we count them


def below_names(row: int) -> int:
    """The line of a row where the first line names the columns, and each row takes one."""
    return row + 2


@dataclass(frozen=True)
class Column:
    """One column: `values` are float32 numbers, NaN where a cell is empty, or int64 class numbers, -1 where it is.

    `exact` holds numbers as float64, of all columns but the features, dates as days since 1970. `texts` stand in place
    of values where the kind is "text". `problem` says why the column can't be used as it is: one of its `missing` empty
    cells, of which `empty` is the first row, or, where it has neither values nor texts, something worse.
    """

    name: str
    values: Array | None = None
    classes: tuple[str, ...] = ()
    problem: str | None = None
    exact: Array | None = None
    kind: str = NUMBER
    texts: Texts | None = None
    missing: int = 0
    empty: int | None = None

    @property
    def is_number(self) -> bool:
        return self.kind == NUMBER

    @property
    def is_usable(self) -> bool:
        return self.values is not None or self.texts is not None

    @property
    def rows(self) -> int:
        held = self.texts if self.values is None else self.values
        return 0 if held is None else len(held)

    def feed(self, digest: Callable[[bytes], None]) -> None:
        """Hand its name and all its cells to a digest."""
        digest(f"{self.name} {self.kind} {self.classes}\n".encode())
        for _, part in self.texts.parts() if self.texts is not None else ():
            digest(repr(part).encode())
        if self.values is not None:
            for rows in spool.chunks(self.values):
                digest(self.values[rows].tobytes())

    def is_empty(self, rows: slice | Array) -> Array:
        """Which of the rows have an empty cell, (rows,) of bool."""
        if self.texts is not None:
            numbers = np.arange(len(self.texts))[rows]
            return np.fromiter((text is None for text in self.texts.of(numbers)), bool, len(numbers))
        assert self.values is not None
        part = self.values[rows]
        found: Array = part < 0 if self.kind == CATEGORY else np.isnan(part)
        return found


@dataclass(frozen=True)
class Table:
    """`columns` in the file's order; `numbers` (rows, names) holds the features that are numbers, named `names`.

    `lines` are the rows' numbers in the file, where some were left out; `line` tells in which line of the file such a
    row begins.
    """

    source: str
    columns: tuple[Column, ...]
    numbers: Array
    names: tuple[str, ...]
    target: str | None = None
    lines: Array | None = None
    line: Lines = below_names

    @property
    def rows(self) -> int:
        return max((column.rows for column in self.columns), default=0)

    def __contains__(self, name: str) -> bool:
        return any(column.name == name for column in self.columns)

    def __getitem__(self, name: str) -> Column:
        """The column of that name; DataError where there is none."""
        found = next((column for column in self.columns if column.name == name), None)
        if found is None:
            known = [column.name for column in self.columns]
            near = suggestion(name, known) or f"; there are {', '.join(known[:12])}"
            raise DataError(f"{self.source} has no column {name!r}{near}")
        return found

    def where(self, row: int) -> str:
        """Which line of the file a row is."""
        return f"line {self.line(row if self.lines is None else int(self.lines[row]))}"

    def taken(self, rows: Array) -> Table:
        """Those rows alone."""
        numbers = spool.taken(self.numbers, rows)
        columns = tuple(self._column(column, rows, numbers) for column in self.columns)
        lines = rows if self.lines is None else self.lines[rows]
        return replace(self, columns=columns, numbers=numbers, lines=lines)

    def _column(self, column: Column, rows: Array, numbers: Array) -> Column:
        if not column.is_usable:
            return column
        missing = column.is_empty(rows) if column.missing else np.zeros(0, bool)
        left = int(missing.sum())
        made = replace(
            column,
            texts=column.texts.taken(rows) if column.texts is not None else None,
            exact=spool.taken(column.exact, rows) if column.exact is not None else None,
            problem=column.problem if left else None,
            missing=left,
            empty=int(missing.argmax()) if left else None,
        )
        if column.name in self.names:
            return replace(made, values=numbers[:, self.names.index(column.name)])
        return made if column.values is None else replace(made, values=spool.taken(column.values, rows))


@dataclass(frozen=True)
class Asked:
    """What the document says of a table's columns, as far as it matters to those who read them."""

    target: str | None = None
    columns: Mapping[str, ColumnSettings] = field(default_factory=dict)

    def kind(self, name: str) -> str | None:
        """What the column is said to hold."""
        return self.columns[name].type if name in self.columns else None

    def role(self, name: str) -> str:
        """What the column is for."""
        said = self.columns[name].role if name in self.columns else None
        return TARGET if name == self.target else said or FEATURE

    def is_text(self, name: str) -> bool | None:
        """Whether its cells are read as text; None where that is to be found out."""
        kind = self.kind(name)
        return None if kind is None else kind != NUMBER

    def is_feature(self, name: str) -> bool:
        """Whether it stands among the numbers side by side, if it is one."""
        return self.role(name) == FEATURE and self.kind(name) not in (CATEGORY, TEXT, DATE)

    def dated(self, names: Iterable[str]) -> Asked:
        """With those columns said to hold dates, where nothing is said of them."""
        said = {n: self.columns.get(n, ColumnSettings()) for n in names}
        dates = {n: ColumnSettings(**{**c.params, "type": c.type or DATE}) for n, c in said.items()}
        return replace(self, columns={**self.columns, **dates})
