"""A CSV file as batches of rows, none of them large."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from netstudio.data.settings.read import ReadSettings
from netstudio.data.sources.columns import Batch, Columns, Gathered
from netstudio.data.sources.csv_form import CsvForm, detect
from netstudio.data.sources.csv_text import is_ragged, line_of, ragged, rows_of
from netstudio.data.table import Asked, Lines
from netstudio.errors import DataError

if TYPE_CHECKING:
    import polars

Kinds = Mapping[str, bool]  # whether a column is text


def column_names(path: Path, read: ReadSettings) -> list[str]:
    """The names of the columns; DataError where there are none."""
    return list(detect(path, read).names)


def read_columns(path: Path, asked: Asked, read: ReadSettings) -> Gathered:
    """What the columns hold. DataError where the file is no CSV."""
    form, kinds = detect(path, read), None
    while True:
        columns = _gathered(path, form, asked, kinds)
        kinds = columns.found_text()
        if kinds == columns.are_text:
            return columns.finish()


def _gathered(path: Path, form: CsvForm, asked: Asked, kinds: Kinds | None) -> Columns:
    """Read with columns of these kinds; where they are not known, with those that the first part suggests."""
    columns, line = None, cache(partial(line_of, path, form))
    for part in rows_of(path, form):
        if columns is None:
            batch = as_batch(_read(path, part.content, form), form.decimal)
            columns = Columns(kinds or _guessed(batch, asked, line), asked, "fill it in or drop the row", line)
        else:
            batch = _batch(path, part.content, form, columns.are_text)
        columns.add(batch)
    return columns or Columns(dict.fromkeys(form.names, False), asked, "", line)


def _guessed(batch: Batch, asked: Asked, line: Lines) -> Kinds:
    first = Columns(dict.fromkeys(batch.texts.columns, False), asked, "", line)
    first.look(batch)
    first.rows = len(batch)
    return first.found_text()


def _batch(path: Path, part: bytes, form: CsvForm, kinds: Kinds) -> Batch:
    """Numbers are read as such, which is faster; where that fails, all is read as text to see why."""
    import polars

    if form.decimal == "," and b"." in part:
        return as_batch(_read(path, part, form), ",")  # the fast reader takes a point for a decimal mark too
    numbers = {name: polars.Float64() for name, is_text in kinds.items() if not is_text}
    try:
        frame = _frame(part, form, numbers)
    except polars.exceptions.PolarsError:
        frame = None
    if frame is None or any(frame[name].null_count() for name in (*numbers, form.names[-1])):
        return as_batch(_read(path, part, form), form.decimal)
    texts = as_batch(frame.select(name for name, is_text in kinds.items() if is_text), form.decimal)
    return Batch(polars.concat([frame.select(list(numbers)), texts.numbers], how="horizontal"), texts.texts)


def as_batch(frame: polars.DataFrame, decimal: str) -> Batch:
    """The texts, stripped, and what numbers they are; it has yet to be found out which a column holds."""
    import polars

    stripped = polars.all().str.strip_chars()
    texts = frame.select(polars.when(stripped != "").then(stripped))
    cells = polars.all()
    if decimal == ",":
        # a point can only group thousands here, and is no part of a number
        cells = polars.when(~cells.str.contains(".", literal=True)).then(cells.str.replace(",", ".", literal=True))
    return Batch(texts.select(cells.cast(polars.Float64, strict=False)), texts)


def _read(path: Path, part: bytes, form: CsvForm) -> polars.DataFrame:
    """All as text. A row that ends early would be filled up in silence, so that an empty last cell calls for a look."""
    import polars

    try:
        frame = _frame(part, form, {})
    except polars.exceptions.PolarsError as error:
        raise DataError(f"{path}: {ragged(path, form) or _told(error)}") from None
    if frame[form.names[-1]].null_count() and is_ragged(part, form):
        raise DataError(f"{path}: {ragged(path, form)}")
    return frame


def _frame(part: bytes, form: CsvForm, numbers: Mapping[str, polars.DataType]) -> polars.DataFrame:
    import polars

    return polars.read_csv(
        part,
        has_header=False,
        schema={name: numbers.get(name, polars.String()) for name in form.names},
        separator=form.delimiter,
        decimal_comma=form.decimal == ",",
        infer_schema=False,
    )


def _told(error: Exception) -> str:
    """What the reader says, where it is not about the rows' lengths."""
    text = str(error).splitlines()[0]
    return f'{text}; set the "encoding" of the file in "read", or save it as UTF-8' if "utf-8" in text else text
