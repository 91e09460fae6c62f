"""A sheet of an Excel workbook (.xlsx, .xlsm, .xlsb, .xls) or of an OpenDocument one (.ods)."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from netstudio.data.dataset import listed
from netstudio.data.settings.read import ReadSettings
from netstudio.data.sources.columns import Columns, Gathered
from netstudio.data.sources.csv_batches import as_batch
from netstudio.data.sources.csv_form import column_titles, has_header
from netstudio.data.table import Asked
from netstudio.errors import DataError, suggestion

if TYPE_CHECKING:
    import polars

SUFFIXES = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")
MOST_UNPACKED = 2 << 30  # bytes
LOOKED_AT = 200  # rows that tell whether the first one names the columns


def column_names(path: Path, read: ReadSettings) -> list[str]:
    """The names of the columns; DataError where there are none, or the file is no workbook."""
    return _rows(path, read)[0].columns


def read_columns(path: Path, asked: Asked, read: ReadSettings) -> Gathered:
    """What the columns hold, a formula its value and an error nothing. DataError as from `column_names`."""
    frame, lines = _rows(path, read)
    batch, line = as_batch(frame, "."), lines.__getitem__
    kinds = dict.fromkeys(frame.columns, False)
    while True:
        columns = Columns(kinds, asked, "fill it in or drop the row", line)
        columns.add(batch)
        kinds = columns.found_text()
        if kinds == columns.are_text:
            return columns.finish()


def _rows(path: Path, read: ReadSettings) -> tuple[polars.DataFrame, list[int]]:
    """All cells below the names as text, empty rows left out, and the line of each row."""
    import polars

    frame = _cells(path, read.sheet)
    filled = frame.select(polars.any_horizontal(polars.all().is_not_null())).to_series()
    if not filled.any():
        raise DataError(f"{path}: the sheet is empty; expected a line of column names and a row a sample")
    lines, frame = [int(place) + 1 for place in filled.arg_true()], frame.filter(filled)
    rows = [[cell or "" for cell in row] for row in frame.head(LOOKED_AT).rows()]
    header = has_header(path, rows, ".") if read.header is None else read.header
    frame.columns = list(column_titles(path, rows[0], header))
    return frame.slice(int(header)), lines[int(header) :]


def _cells(path: Path, sheet: str | None) -> polars.DataFrame:
    """The sheet's cells as text, None where they are empty."""
    import fastexcel

    _require_honest(path)
    try:
        book = fastexcel.read_excel(path)
        names = book.sheet_names
        if sheet is not None and sheet not in names:
            near = suggestion(sheet, names) or f"; there are {listed(names)}"
            raise DataError(f"{path} has no sheet {sheet!r}{near}")
        for name in [sheet] if sheet is not None else names:
            frame = book.load_sheet(name, header_row=None, skip_rows=0, dtypes="string", whitespace_as_null=True)
            if frame.width and frame.height:
                return frame.to_polars()
    except fastexcel.FastExcelError as error:
        raise DataError(f"{path} is no workbook that can be read: {str(error).splitlines()[0]}") from None
    raise DataError(f"{path}: {'the sheet' if sheet or len(names) == 1 else 'every sheet'} is empty; fill one in")


def _require_honest(path: Path) -> None:
    """Workbooks are zip archives, but for the oldest, and an archive may unpack to anything."""
    if not zipfile.is_zipfile(path):
        return
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(member.file_size for member in archive.infolist())
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise DataError(f"{path} is no workbook that can be read: {error}") from None
    if unpacked > MOST_UNPACKED:
        raise DataError(f"{path} unpacks to {unpacked >> 20:,} MB, which no sheet needs; export it as CSV")
