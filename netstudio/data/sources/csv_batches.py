"""A CSV file as batches of rows, none of them large.

The file is cut after line ends outside quotes; each part is read with the file's first line above it.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from netstudio.data.dataset import listed
from netstudio.data.sources.columns import Batch, Columns, Gathered
from netstudio.data.table import Asked
from netstudio.errors import DataError

if TYPE_CHECKING:
    import polars

SEPARATORS = ",;\t|"
PART = 8 << 20  # bytes of text read at a time
Kinds = Mapping[str, bool]  # whether a column is text


def column_names(path: Path) -> list[str]:
    """The names in the first line; DataError where it holds none."""
    return _read(path, _header(path), _separator(path), {}).columns


def read_columns(path: Path, asked: Asked) -> Gathered:
    """What the columns hold. DataError where the file is no CSV."""
    separator, kinds = _separator(path), None
    while True:
        columns = _gathered(path, separator, asked, kinds)
        kinds = columns.found_text()
        if kinds == columns.are_text:
            return columns.finish()


def _gathered(path: Path, separator: str, asked: Asked, kinds: Kinds | None) -> Columns:
    """Read with columns of these kinds; where they are not known, with those that the first part suggests."""
    columns = None
    for part in _parts(path):
        if columns is None:
            batch = _as_text(_read(path, part, separator, {}))
            columns = Columns(kinds or _guessed(batch, asked), asked, "fill it in or drop the row")
        else:
            batch = _batch(path, part, separator, columns.are_text)
        columns.add(batch)
    assert columns is not None  # there is always a part: that of the names
    return columns


def _guessed(batch: Batch, asked: Asked) -> Kinds:
    first = Columns(dict.fromkeys(batch.texts.columns, True), asked, "")
    first.look(batch)
    return first.found_text()


def _batch(path: Path, part: bytes, separator: str, kinds: Kinds) -> Batch:
    """Numbers are read as such, which is faster; where that fails, all is read as text to see why."""
    import polars

    known = {name: polars.Float64() for name, is_text in kinds.items() if not is_text}
    try:
        frame = polars.read_csv(part, separator=separator, infer_schema=False, schema_overrides=known)
    except polars.exceptions.PolarsError:
        frame = None
    if frame is None or any(frame[name].null_count() for name in known):
        return _as_text(_read(path, part, separator, {}))
    texts = _as_text(frame.select(name for name, is_text in kinds.items() if is_text))
    return Batch(polars.concat([frame.select(list(known)), texts.numbers], how="horizontal"), texts.texts)


def _as_text(frame: polars.DataFrame) -> Batch:
    import polars

    stripped = polars.all().str.strip_chars()
    texts = frame.select(polars.when(stripped != "").then(stripped))
    return Batch(texts.select(polars.all().cast(polars.Float64, strict=False)), texts)


def _read(path: Path, part: bytes, separator: str, kinds: Mapping[str, polars.DataType]) -> polars.DataFrame:
    import polars

    try:
        return polars.read_csv(part, separator=separator, infer_schema=False, schema_overrides=kinds)
    except polars.exceptions.PolarsError as error:
        raise DataError(f"{path}: {_reason(path, separator) or str(error).splitlines()[0]}") from None


def _parts(path: Path) -> Iterator[bytes]:
    header, rest = _header(path), b""
    with path.open("rb") as file:
        file.seek(len(header))
        while read := file.read(PART):
            rest += read
            cut = _last_end(rest)
            if cut:
                yield header + rest[:cut]
                rest = rest[cut:]
        if rest or file.tell() == len(header):
            yield header + rest


def _last_end(text: bytes) -> int:
    """Where the last whole row ends. A line end inside quotes, which open and close by turns, ends no row."""
    end = text.rfind(b"\n") + 1
    while end and text.count(b'"', 0, end) % 2:
        end = text.rfind(b"\n", 0, text.rfind(b'"', 0, end)) + 1
    return end


def _header(path: Path) -> bytes:
    with path.open("rb") as file:
        header = file.readline()
        while header.count(b'"') % 2 and (more := file.readline()):
            header += more
    return header if header.endswith(b"\n") else header + b"\n"


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


def _reason(path: Path, separator: str) -> str | None:
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
