"""Tables: CSV and Parquet files, a sample a row.

Each column is a field of its own name. A column of numbers is float32; one of text is int64 class numbers, the
classes in alphabetical order. "features" holds the columns of numbers, side by side, but for the target's. The
target's column (see `DataSettings.target`) is also "target", as numbers, and "label", as class numbers, as far as it
can be either.
"""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import numpy as np

from netstudio.data import spool
from netstudio.data.dataset import Array, Dataset, listed
from netstudio.data.settings import DataSettings
from netstudio.data.sources import csv_batches, parquet_batches
from netstudio.data.sources.columns import Column
from netstudio.errors import DataError, suggestion

MOST_CLASSES = 1000  # more different numbers than this are measurements


def read_csv(path: Path, settings: DataSettings) -> Dataset:
    """A CSV file in UTF-8 whose first line names the columns; separated by comma, semicolon, tab or bar."""
    return _dataset(path, csv_batches, settings)


def read_parquet(path: Path, settings: DataSettings) -> Dataset:
    """A Parquet file; its columns of numbers and of text are fields, others can't be used."""
    return _dataset(path, parquet_batches, settings)


def read_columns(path: Path) -> Dataset:
    """The columns alone, by suffix: there is no target among them. `columns` are those of numbers."""
    form = csv_batches if path.suffix.lower() == ".csv" else parquet_batches
    columns, _ = form.read_columns(path, None)
    fields, classes, problems = _fields(columns)
    return Dataset(path.name, fields, classes, tuple(c.name for c in columns if c.is_number), problems)


def _dataset(path: Path, form: ModuleType, settings: DataSettings) -> Dataset:
    source, name = path.name, _target_name(path, form.column_names(path), settings.target)
    columns, features = form.read_columns(path, name)
    if not columns or all(c.values is not None and not len(c.values) for c in columns):
        raise DataError(f"{source} has no rows below the column names; there is nothing to learn from")
    target = next(c for c in columns if c.name == name)
    numbers = [c for c in columns if c.is_number and c is not target]
    fields, classes, problems = _fields(columns)
    broken = next((c.problem for c in numbers if c.problem), None)
    if broken:
        problems["features"] = broken
    elif numbers:
        fields = {"features": features, **fields}
    _add_target(target, fields, classes, problems)
    return Dataset(source, fields, classes, tuple(c.name for c in numbers), problems)


def _fields(columns: list[Column]) -> tuple[dict[str, Array], dict[str, tuple[str, ...]], dict[str, str]]:
    """The fields, the classes and the problems of the columns, by name."""
    fields = {c.name: c.values for c in columns if c.values is not None}
    return fields, {c.name: c.classes for c in columns if c.classes}, {c.name: c.problem for c in columns if c.problem}


def _target_name(path: Path, names: list[str], name: str | None) -> str:
    if not names:
        raise DataError(f"{path.name} has no columns; there is nothing to learn from")
    if name is None:
        return next((n for n in ("target", "label") if n in names), names[-1])
    if name not in names:
        near = suggestion(name, names) or f"; there are {listed(names)}"
        raise DataError(f"{path.name} has no column {name!r} for the target{near}")
    return name


def _add_target(
    column: Column, fields: dict[str, Array], classes: dict[str, tuple[str, ...]], problems: dict[str, str]
) -> None:
    if column.values is None:
        problems |= {"target": column.problem or "", "label": column.problem or ""}
        return
    if column.is_number:
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
