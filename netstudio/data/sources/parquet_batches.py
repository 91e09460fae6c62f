"""A Parquet file as batches of rows.

A slice of some columns at a time: what is read together keeps its columns' whole row group in memory, and a file may be
a single one.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from netstudio.data.dataset import Array
from netstudio.data.sources.columns import Batch, Column, Columns
from netstudio.errors import DataError

if TYPE_CHECKING:
    import polars

PART = 4 << 20  # cells in a batch
TOGETHER = 16  # columns read at a time


def column_names(path: Path) -> list[str]:
    """The names in the file's schema; DataError where it is no Parquet file."""
    return list(_schema(path))


def read_columns(path: Path, target: str | None) -> tuple[list[Column], Array]:
    """See `Columns.finish`. DataError where the file is no Parquet file."""
    import polars

    schema = _schema(path)
    usable = {name: _is_text(dtype) for name, dtype in schema.items() if dtype.is_numeric() or _is_text(dtype)}
    columns = Columns(usable, target, "fill it in")
    try:
        for frame in _frames(path, list(usable)):
            columns.add(_batch(frame))
    except (polars.exceptions.PolarsError, OSError) as error:
        raise _unreadable(path, error) from None
    found, numbers = columns.finish()
    by_name = {column.name: column for column in found}
    return [by_name.get(name) or _other(name, dtype) for name, dtype in schema.items()], numbers


def _frames(path: Path, names: list[str]) -> Iterator[polars.DataFrame]:
    import polars

    scanned = polars.scan_parquet(path, low_memory=True, cache=False, glob=False)
    rows, step = int(scanned.select(polars.len()).collect().item()), max(1, PART // max(1, len(names)))
    for start in range(0, rows if names else 0, step):
        groups = [names[i : i + TOGETHER] for i in range(0, len(names), TOGETHER)]
        parts = [scanned.select(group).slice(start, step).collect(engine="in-memory") for group in groups]
        yield polars.concat(parts, how="horizontal")


def _batch(frame: polars.DataFrame) -> Batch:
    import polars
    from polars import selectors

    numbers = frame.select(selectors.numeric().cast(polars.Float64))
    return Batch(numbers, frame.select((~selectors.numeric()).cast(polars.String)))


def _schema(path: Path) -> polars.Schema:
    import polars

    try:
        return polars.Schema(polars.read_parquet_schema(path))
    except (polars.exceptions.PolarsError, OSError) as error:
        raise _unreadable(path, error) from None


def _is_text(dtype: polars.DataType) -> bool:
    import polars

    return dtype in (polars.String, polars.Categorical, polars.Boolean) or isinstance(dtype, polars.Enum)


def _other(name: str, dtype: polars.DataType) -> Column:
    return Column(name, problem=f"column {name!r} holds {dtype}; expected numbers or text")


def _unreadable(path: Path, error: Exception) -> DataError:
    return DataError(f"{path} is no readable Parquet file: {str(error).splitlines()[0]}")
