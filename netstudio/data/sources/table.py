"""Tables: CSV and Parquet files, a sample a row.

Each column is a field of its own name. A column of numbers is float32; one of text is int64 class numbers, the
classes in alphabetical order. "features" holds the columns of numbers, side by side, but for the target's. The
target's column (see `DataSettings.target`) is also "target", as numbers, and "label", as class numbers, as far as it
can be either.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from netstudio.data.dataset import Array, Dataset, listed
from netstudio.data.settings import DataSettings
from netstudio.errors import DataError, suggestion

if TYPE_CHECKING:
    import polars

SEPARATORS = ",;\t|"
MOST_CLASSES = 1000  # more different numbers than this are measurements


@dataclass(frozen=True)
class Column:
    """The values of one column: float64 numbers, or int64 class numbers with their names; or why it can't be used."""

    name: str
    values: Array | None = None
    classes: tuple[str, ...] = ()
    problem: str | None = None

    @property
    def is_number(self) -> bool:
        return not self.classes


def read_csv(path: Path, settings: DataSettings) -> Dataset:
    """A CSV file in UTF-8 whose first line names the columns; separated by comma, semicolon, tab or bar."""
    return _dataset(path, _csv_columns(path), settings)


def read_parquet(path: Path, settings: DataSettings) -> Dataset:
    """A Parquet file; its columns of numbers and of text are fields, others can't be used."""
    return _dataset(path, _parquet_columns(path), settings)


def read_columns(path: Path) -> Dataset:
    """The columns alone, by suffix: there is no target among them. `columns` are those of numbers."""
    columns = _csv_columns(path) if path.suffix.lower() == ".csv" else _parquet_columns(path)
    fields, classes, problems = _fields(columns)
    return Dataset(path.name, fields, classes, tuple(c.name for c in columns if c.is_number), problems)


def _csv_columns(path: Path) -> list[Column]:
    import polars

    separator = _separator(path)
    try:
        frame = polars.read_csv(path, separator=separator, infer_schema=False)
    except polars.exceptions.PolarsError as error:
        raise DataError(f"{path}: {_csv_reason(path, separator) or str(error).splitlines()[0]}") from None
    return [_text_column(frame[name]) for name in frame.columns]


def _parquet_columns(path: Path) -> list[Column]:
    import polars

    try:
        frame = polars.read_parquet(path)
    except (polars.exceptions.PolarsError, OSError) as error:
        raise DataError(f"{path} is no readable Parquet file: {str(error).splitlines()[0]}") from None
    return [_typed_column(frame[name]) for name in frame.columns]


def _separator(path: Path) -> str:
    first = _first_line(path)
    if not first.strip():
        raise DataError(f"{path} is empty; expected a line of column names and a row a sample")
    names = [n.strip().strip('"') for n in first.split(max(SEPARATORS, key=first.count))]
    if all(_is_number(n) for n in names):
        raise DataError(f"{path}: the first line holds numbers ({listed(names, 4)}); put a line of column names above")
    twice = next((n for n in names if names.count(n) > 1), None)
    if twice is not None:
        raise DataError(f"{path}: two columns are named {twice!r}; give each its own name")
    return max(SEPARATORS, key=first.count)


def _first_line(path: Path) -> str:
    try:
        with path.open(encoding="utf-8-sig") as lines:
            return next(lines, "").rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise DataError(f"{path} is not UTF-8 text (byte {error.start}); save it as UTF-8") from None


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _csv_reason(path: Path, separator: str) -> str | None:
    """Which row has too many cells; the fast reader tells only that one has."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            rows = csv.reader(lines, delimiter=separator)
            width = len(next(rows))
            for cells in rows:
                if len(cells) > width:
                    return f"line {rows.line_num} has {len(cells)} cells and the first {width}; mend or quote it"
    except (csv.Error, UnicodeDecodeError) as error:
        return f"can't be read as CSV: {error}"
    return None


def _text_column(texts: polars.Series) -> Column:
    """A column read as text: numbers if most of its cells are."""
    import polars

    name, texts = texts.name, texts.str.strip_chars()
    filled = texts.is_not_null() & (texts != "")
    if not filled.all():
        return Column(name, problem=_cell(name, int((~filled).arg_max() or 0), "is empty; fill it in or drop the row"))
    numbers = texts.cast(polars.Float64, strict=False)
    if 2 * numbers.null_count() > len(numbers):
        return _class_column(texts)
    if numbers.null_count():
        row = int(numbers.is_null().arg_max() or 0)
        return Column(name, problem=_cell(name, row, f"is {texts[row]!r} in a column of numbers; mend it"))
    return _number_column(name, numbers.to_numpy())


def _typed_column(series: polars.Series) -> Column:
    import polars

    name = series.name
    if series.null_count():
        return Column(name, problem=_cell(name, int(series.is_null().arg_max() or 0), "is empty; fill it in"))
    if series.dtype.is_numeric():
        return _number_column(name, series.cast(polars.Float64).to_numpy())
    if series.dtype in (polars.String, polars.Categorical, polars.Boolean) or isinstance(series.dtype, polars.Enum):
        return _class_column(series.cast(polars.String))
    return Column(name, problem=f"column {name!r} holds {series.dtype}; expected numbers or text")


def _number_column(name: str, numbers: Array) -> Column:
    with np.errstate(over="ignore"):
        finite = np.isfinite(numbers.astype(np.float32))
    if not finite.all():
        row = int(np.argmin(finite))
        return Column(name, problem=_cell(name, row, f"is {numbers[row]}; expected a finite number"))
    return Column(name, numbers)


def _class_column(texts: polars.Series) -> Column:
    names, numbers = np.unique(np.asarray(texts.to_list(), dtype=str), return_inverse=True)
    return Column(texts.name, numbers.astype(np.int64), tuple(map(str, names)))


def _cell(column: str, row: int, what: str) -> str:
    return f"line {row + 2}, column {column!r} {what}"  # line 1 names the columns


def _dataset(path: Path, columns: list[Column], settings: DataSettings) -> Dataset:
    source = path.name
    if not columns or all(c.values is not None and not len(c.values) for c in columns):
        raise DataError(f"{source} has no rows below the column names; there is nothing to learn from")
    target = _target(source, columns, settings.target)
    numbers = [c for c in columns if c.is_number and c is not target]
    fields, classes, problems = _fields(columns)
    broken = next((c.problem for c in numbers if c.problem), None)
    if broken:
        problems["features"] = broken
    elif numbers:
        fields = {"features": np.stack([fields[c.name] for c in numbers], axis=1), **fields}
    _add_target(target, fields, classes, problems)
    return Dataset(source, fields, classes, tuple(c.name for c in numbers), problems)


def _fields(columns: list[Column]) -> tuple[dict[str, Array], dict[str, tuple[str, ...]], dict[str, str]]:
    """The fields, the classes and the problems of the columns, by name."""
    whole = [c for c in columns if c.values is not None]
    fields = {c.name: np.asarray(c.values, np.float32 if c.is_number else np.int64) for c in whole}
    return fields, {c.name: c.classes for c in whole if c.classes}, {c.name: c.problem for c in columns if c.problem}


def _target(source: str, columns: list[Column], name: str | None) -> Column:
    names = [c.name for c in columns]
    if name is None:
        name = next((n for n in ("target", "label") if n in names), names[-1])
    if name not in names:
        raise DataError(
            f"{source} has no column {name!r} for the target{suggestion(name, names) or '; there are ' + listed(names)}"
        )
    return columns[names.index(name)]


def _add_target(
    column: Column, fields: dict[str, Array], classes: dict[str, tuple[str, ...]], problems: dict[str, str]
) -> None:
    if column.values is None:
        problems |= {"target": column.problem or "", "label": column.problem or ""}
        return
    if column.is_number:
        fields["target"] = column.values.astype(np.float32)
        column = _as_classes(column)
    else:
        problems["target"] = f"column {column.name!r} holds text; a target of class numbers takes it, not one of floats"
    if column.values is not None:
        fields["label"], classes["label"] = column.values, column.classes


def _as_classes(column: Column) -> Column:
    """Whole numbers as classes: those that begin at 0 stand for themselves, others are counted in their order."""
    values = column.values
    assert values is not None
    if not np.array_equal(values, np.round(values)) or np.abs(values).max() >= 2**31:
        return Column(column.name, problem="not whole numbers")
    distinct, numbers = np.unique(values.astype(np.int64), return_inverse=True)
    if distinct[0] == 0 and distinct[-1] < MOST_CLASSES:
        return Column(column.name, values.astype(np.int64), tuple(map(str, range(int(distinct[-1]) + 1))))
    if len(distinct) > MOST_CLASSES:
        return Column(column.name, problem="too many different numbers")
    return Column(column.name, numbers.astype(np.int64), tuple(map(str, distinct)))
