"""Tables: CSV, Parquet and Excel files, a sample a row.

Each column is a field of its own name. A column of numbers is float32; one of text is int64 class numbers, the
classes in alphabetical order. "features" holds the columns of numbers, side by side, but for the target's. The
target's column (see `DataSettings.target`) is also "target", as numbers, and "label", as class numbers, as far as it
can be either.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import numpy as np

from netstudio.data import spool
from netstudio.data.dataset import Array, Dataset, listed
from netstudio.data.settings import DataSettings
from netstudio.data.settings.columns import CATEGORY, DATE, DROP, FEATURE, NUMBER, TARGET, ColumnSettings
from netstudio.data.settings.read import ReadSettings
from netstudio.data.sources import csv_batches, excel, parquet_batches
from netstudio.data.sources.packed import TEXTS, suffix_of
from netstudio.data.sources.reuse import Reuse
from netstudio.data.table import Asked, Column, Table
from netstudio.errors import DataError, suggestion

FORMS: dict[str, ModuleType] = {  # each has column_names(path, read) and read_columns(path, asked, read)
    **dict.fromkeys(TEXTS, csv_batches),
    ".parquet": parquet_batches,
    **dict.fromkeys(excel.SUFFIXES, excel),
}
MOST_CLASSES = 1000  # more different numbers than this are measurements
NOTHING_SAID = ColumnSettings()
AS_TOKENS = "an Input takes it as token ids once it is a feature"


def read(path: Path, settings: DataSettings, reuse: Reuse | None = None) -> Dataset:
    """The file's columns as fields, by suffix; those that hold neither numbers nor text can't be used.

    With `reuse`, a file that was read before need not be read again.
    """
    form = FORMS[suffix_of(path)]
    asked = _asked(path, form.column_names(path, settings.read), settings)
    made = (reuse or Reuse()).table(path, asked, settings.read, lambda: read_table(path, asked, settings.read))
    return dataset(_without_gaps(made, asked))


def read_table(path: Path, asked: Asked, read: ReadSettings) -> Table:
    """The raw columns alone, by suffix: there is no target among them unless it is asked for."""
    columns, numbers, names, line = FORMS[suffix_of(path)].read_columns(path, asked, read)
    return Table(path.name, tuple(columns), numbers, names, asked.target, None, line)


def read_columns(path: Path, read: ReadSettings) -> Dataset:
    """The columns alone, by suffix: there is no target among them. `columns` are those of numbers."""
    table = read_table(path, Asked(), read)
    fields, classes, problems = _fields(table.columns)
    return Dataset(path.name, fields, classes, table.names, problems, table)


def _without_gaps(table: Table, asked: Asked) -> Table:
    """Less the rows that have an empty cell where it is said to drop them."""
    gaps = [c for c in table.columns if c.missing and asked.columns.get(c.name, NOTHING_SAID).missing == DROP]
    if not gaps:
        return table
    kept = np.ones(table.rows, bool)
    for column in gaps:
        kept &= ~column.is_empty(slice(None))
    if not kept.any():
        raise DataError(
            f"{table.source}: every row has an empty cell in {listed([c.name for c in gaps])}, and they are to be "
            'dropped; set "missing" of the column to something else, or ignore the column'
        )
    return table.taken(np.flatnonzero(kept))


def dataset(table: Table) -> Dataset:
    """The fields of a table that can be used as they are; see above."""
    if not table.rows and not any(c.problem for c in table.columns):
        raise DataError(f"{table.source} has no rows below the column names; there is nothing to learn from")
    numbers = [c for c in table.columns if c.is_number and c.name in table.names]
    fields, classes, problems = _fields(table.columns)
    broken = next((c.problem for c in numbers if c.problem), None)
    if broken:
        problems["features"] = broken
    elif numbers:
        fields = {"features": table.numbers, **fields}
    if table.target is not None:
        _add_target(table[table.target], fields, classes, problems)
    return Dataset(table.source, fields, classes, table.names, problems, table)


def with_table(dataset: Dataset) -> Dataset:
    """With the raw columns of a set of numbers by column: its features and its answers."""
    if not dataset.columns:
        return dataset
    features = dataset.fields["features"]
    columns = [Column(name, features[:, i]) for i, name in enumerate(dataset.columns)]
    for name in ("label", "target"):
        if name in dataset.fields:
            values, classes = dataset.fields[name], dataset.classes.get(name, ())
            exact = None if classes else values.astype(np.float64)
            columns.append(Column(name, values, classes, exact=exact, kind=CATEGORY if classes else NUMBER))
    return replace(dataset, table=Table(dataset.source, tuple(columns), features, dataset.columns, columns[-1].name))


def _fields(columns: Sequence[Column]) -> tuple[dict[str, Array], dict[str, tuple[str, ...]], dict[str, str]]:
    """The fields, the classes and the problems of the columns, by name."""
    whole = [c for c in columns if c.problem is None]
    fields = {c.name: c.values for c in whole if c.values is not None}
    problems = {c.name: c.problem for c in columns if c.problem}
    problems |= {c.name: f"column {c.name!r} holds texts; {AS_TOKENS}" for c in whole if c.texts is not None}
    return fields, {c.name: c.classes for c in whole if c.classes}, problems


def _asked(path: Path, names: list[str], settings: DataSettings) -> Asked:
    if not names:
        raise DataError(f"{path.name} has no columns; there is nothing to learn from")
    if "features" in names:
        raise DataError(f"{path.name}: a column can't be named 'features', as all of them are together; rename it")
    for name in settings.columns:
        if name not in names:
            near = suggestion(name, names) or f"; there are {listed(names)}"
            raise DataError(f'{path.name} has no column {name!r}, of which "columns" speaks{near}')
    return Asked(_target_name(path, names, settings), settings.columns)


def _target_name(path: Path, names: list[str], settings: DataSettings) -> str:
    said = [n for n, column in settings.columns.items() if column.role == TARGET]
    name = settings.target or (said[0] if said else None)
    if name is None:
        roles = {n: settings.columns.get(n, NOTHING_SAID).role for n in names}
        unsaid = [n for n in names if roles[n] is None]
        left = unsaid or [n for n in names if roles[n] == FEATURE] or names
        return next((n for n in ("target", "label") if n in left), left[-1])
    if name not in names:
        near = suggestion(name, names) or f"; there are {listed(names)}"
        raise DataError(f"{path.name} has no column {name!r} for the target{near}")
    return name


def _add_target(
    column: Column, fields: dict[str, Array], classes: dict[str, tuple[str, ...]], problems: dict[str, str]
) -> None:
    if column.problem or column.values is None:
        problem = column.problem or problems[column.name]
        problems |= {"target": problem, "label": problem}
        return
    if column.kind in (NUMBER, DATE):
        fields["target"] = column.values
        column = _as_classes(column)
    else:
        problems["target"] = f"column {column.name!r} holds text; a target of class numbers takes it, not one of floats"
    if column.values is not None:
        fields["label"], classes["label"] = column.values, column.classes


def _as_classes(column: Column) -> Column:
    """Whole numbers as classes: those that begin at 0 stand for themselves, others are counted in their order."""
    values = column.exact
    assert values is not None
    if spool.first_row(values, lambda part: (part != np.round(part)) | (np.abs(part) >= 2**31)) is not None:
        return Column(column.name, problem="not whole numbers")
    distinct = spool.distinct(values).astype(np.int64)
    if distinct[0] == 0 and distinct[-1] < MOST_CLASSES:
        return Column(column.name, spool.converted(values, np.int64), tuple(map(str, range(int(distinct[-1]) + 1))))
    if len(distinct) > MOST_CLASSES:
        return Column(column.name, problem="too many different numbers")
    numbers = spool.transformed(values, lambda part: np.searchsorted(distinct, part.astype(np.int64)), (), np.int64)
    return Column(column.name, numbers, tuple(map(str, distinct)))
