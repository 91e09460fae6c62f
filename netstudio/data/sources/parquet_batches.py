"""A Parquet file as batches of rows.

A slice of some columns at a time: what is read together keeps its columns' whole row group in memory, and a file may be
a single one.
"""

from __future__ import annotations

import operator
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from netstudio.data.settings.read import ReadSettings
from netstudio.data.sources.columns import Batch, Columns, Gathered
from netstudio.data.table import Asked, Column
from netstudio.errors import DataError

if TYPE_CHECKING:
    import polars

PART = 4 << 20  # cells in a batch
TOGETHER = 16  # columns read at a time


def column_names(path: Path, read: ReadSettings) -> list[str]:
    """The names in the file's schema; DataError where it is no Parquet file."""
    return list(_schema(path))


def read_columns(path: Path, asked: Asked, read: ReadSettings) -> Gathered:
    """What the columns hold. DataError where the file is no Parquet file."""
    import polars

    schema = _schema(path)
    asked = asked.dated([name for name, dtype in schema.items() if dtype in (polars.Date, polars.Datetime)])
    usable = {name: not dtype.is_numeric() for name, dtype in schema.items() if dtype.is_numeric() or _is_text(dtype)}
    columns = Columns(usable, asked, "fill it in or drop the row", partial(operator.add, 1))
    try:
        for frame in _frames(path, list(usable)):
            columns.add(_batch(frame, columns.are_text))
    except (polars.exceptions.PolarsError, OSError) as error:
        raise _unreadable(path, error) from None
    found = columns.finish()
    by_name = {column.name: column for column in found.columns}
    return found._replace(columns=[by_name.get(name) or _other(name, dtype) for name, dtype in schema.items()])


def _frames(path: Path, names: list[str]) -> Iterator[polars.DataFrame]:
    import polars

    scanned = polars.scan_parquet(path, low_memory=True, cache=False, glob=False)
    rows, step = int(scanned.select(polars.len()).collect().item()), max(1, PART // max(1, len(names)))
    for start in range(0, rows if names else 0, step):
        groups = [names[i : i + TOGETHER] for i in range(0, len(names), TOGETHER)]
        parts = [scanned.select(group).slice(start, step).collect(engine="in-memory") for group in groups]
        yield polars.concat(parts, how="horizontal")


def _batch(frame: polars.DataFrame, are_text: Mapping[str, bool]) -> Batch:
    import polars
    from polars import selectors

    texts = frame.select(selectors.by_name([n for n, text in are_text.items() if text]).cast(polars.String))
    numbers = frame.select(n for n, text in are_text.items() if not text)
    written = numbers.select((~selectors.numeric()).cast(polars.String))  # numbers that were written as text
    numbers = numbers.cast(polars.Float64, strict=False)
    return Batch(numbers, polars.concat([texts, written], how="horizontal") if written.width else texts)


def _schema(path: Path) -> polars.Schema:
    import polars

    try:
        return polars.Schema(polars.read_parquet_schema(path))
    except (polars.exceptions.PolarsError, OSError) as error:
        raise _unreadable(path, error) from None


def _is_text(dtype: polars.DataType) -> bool:
    import polars

    known = dtype in (polars.String, polars.Categorical, polars.Boolean, polars.Date) or dtype == polars.Datetime
    return known or isinstance(dtype, polars.Enum)


def _other(name: str, dtype: polars.DataType) -> Column:
    return Column(name, problem=f"column {name!r} holds {dtype}; expected numbers, text or dates")


def _unreadable(path: Path, error: Exception) -> DataError:
    return DataError(f"{path} is no readable Parquet file: {str(error).splitlines()[0]}")
