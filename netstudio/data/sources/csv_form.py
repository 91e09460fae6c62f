"""How a CSV file is written: delimiter, encoding, decimal mark, header; found out from the file, or told."""

from __future__ import annotations

import codecs
import csv
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice, pairwise
from pathlib import Path

from netstudio.data.dataset import listed
from netstudio.data.settings.read import NAMED, ReadSettings
from netstudio.data.sources.packed import Opened
from netstudio.errors import DataError

DELIMITERS = ",;\t|"  # those that are found out, likeliest first; others must be told
SAMPLE = 256 << 10  # bytes that the form is guessed from
SCANNED = 16 << 20  # bytes that are tried as UTF-8
ROWS = 200  # lines that are looked at
BOMS = (
    (codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"),
)  # fmt: skip
POINT = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
COMMA = re.compile(r"[+-]?(\d+,?\d*|,\d+)([eE][+-]?\d+)?", re.ASCII)
THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}(,\d{3})+", re.ASCII)
NUMBER = {".": POINT, ",": COMMA}
Rows = Sequence[Sequence[str]]


@dataclass(frozen=True)
class CsvForm:
    """`encoding` is Python's name; `names` are the columns'."""

    delimiter: str
    encoding: str
    decimal: str
    header: bool
    names: tuple[str, ...]

    def described(self) -> str:
        """In words: "separated by semicolons, UTF-8, decimals after a comma, names in the first line"."""
        name = next((n for n, character in NAMED.items() if character == self.delimiter), repr(self.delimiter))
        marks = {".": "point", ",": "comma"}
        names = "names in the first line" if self.header else "no line of names"
        return f"separated by {name}, {self.encoding}, decimals after a {marks[self.decimal]}, {names}"


def detect(path: Path, asked: ReadSettings) -> CsvForm:
    """The form of the file, what is `asked` for taken as told. DataError where it is empty or no text.

    Also where its columns' names are not told apart, or something may be meant in two ways: the message says which
    setting decides.
    """
    with Opened(path) as file:
        head = file.read(SAMPLE)
    encoding = asked.encoding or _encoding(path, head)
    text = _decoded(path, head, encoding)
    whole = len(head) < SAMPLE
    delimiter = asked.delimiter or _delimiter(text, whole)
    rows = _rows(text, delimiter, whole)
    if not rows:
        raise DataError(f"{path} is empty; expected a line of column names and a row a sample")
    decimal = asked.decimal or _decimal(path, rows, delimiter)
    if decimal == delimiter:
        raise DataError(f'{path}: the comma can\'t be both "delimiter" and "decimal"; change one of them in "read"')
    header = has_header(path, rows, decimal) if asked.header is None else asked.header
    return CsvForm(delimiter, encoding, decimal, header, column_titles(path, rows[0], header))


def is_number(text: str, decimal: str = ".") -> bool:
    """Whether the text is a number as the files' readers take it: ASCII digits, no separators among them."""
    return NUMBER[decimal].fullmatch(text) is not None


def _encoding(path: Path, head: bytes) -> str:
    found = next((name for mark, name in BOMS if head.startswith(mark)), None)
    if found:
        return found
    zeros = (head[0::2].count(0), head[1::2].count(0))
    if sum(zeros) > len(head) // 4 and min(zeros) * 20 < max(zeros):
        return "utf-16-be" if zeros[0] > zeros[1] else "utf-16-le"
    if b"\0" in head:
        raise DataError(f"{path} holds bytes of 0 (the first is byte {head.index(0)}): it is no text; export it as CSV")
    place = _first_not_utf8(path)
    if place is None:
        return "utf-8"
    try:
        head.decode("windows-1252")
    except UnicodeDecodeError:
        raise DataError(
            f'{path} is not UTF-8 text (byte {place}); save it as UTF-8, or name its "encoding" in "read"'
        ) from None
    return "windows-1252"  # and Latin-1, which is the same but for characters that no text holds


def _first_not_utf8(path: Path) -> int | None:
    """The first byte that is not UTF-8, where none before it was more than ASCII; DataError where one was."""
    decoder, place, is_ascii = codecs.getincrementaldecoder("utf-8")(), 0, True
    with Opened(path) as file:
        while place < SCANNED and (part := file.read(1 << 20)):
            try:
                decoder.decode(part)
            except UnicodeDecodeError as error:
                if is_ascii and part[: error.start].isascii():
                    return place + error.start
                raise DataError(
                    f"{path} begins as UTF-8 text, and byte {place + error.start} is none; save the whole file as UTF-8"
                ) from None
            place, is_ascii = place + len(part), is_ascii and part.isascii()
    return None


def _decoded(path: Path, head: bytes, encoding: str) -> str:
    try:
        text = codecs.getincrementaldecoder(encoding)().decode(head)
    except UnicodeError as error:
        raise DataError(
            f'{path} is not {encoding} text ({error}); set another "encoding" in "read", or save it as UTF-8'
        ) from None
    return text.removeprefix("\ufeff")


def _rows(text: str, delimiter: str, whole: bool) -> list[list[str]]:
    """The first rows that hold anything, their cells stripped; the last one left out where it may be cut off."""
    lines = text.splitlines(keepends=True)
    lines = lines if whole or len(lines) == 1 else lines[:-1]
    try:
        read = csv.reader(lines, delimiter=delimiter, skipinitialspace=True)
        return [[cell.strip() for cell in row] for row in islice((row for row in read if row), ROWS)]
    except csv.Error:  # a cell of more than 128 KB
        return [[cell.strip() for cell in line.split(delimiter)] for line in lines[:ROWS] if line.strip()]


def _delimiter(text: str, whole: bool) -> str:
    """The one that cuts most lines into as many cells as the first, leaves no other in them, and makes most numbers."""

    def score(delimiter: str) -> tuple[bool, float, float, float, int]:
        rows = _rows(text, delimiter, whole)
        width = len(rows[0]) if rows else 0
        even = sum(len(row) == width for row in rows) / max(1, len(rows))
        cells = [cell for row in rows for cell in row]
        numbers = [is_number(cell) or is_number(cell, ",") for cell in cells]
        clean = [number or not any(d in cell for d in DELIMITERS) for cell, number in zip(cells, numbers, strict=True)]
        share = 1 / max(1, len(cells))
        return width > 1, even, sum(clean) * share, sum(numbers) * share, width

    return max(DELIMITERS, key=score)


def _decimal(path: Path, rows: Rows, delimiter: str) -> str:
    if delimiter == ",":
        return "."
    columns = [[cell for cell in column if cell] for column in _columns(rows[1:] or rows)]
    cells = [c for column in columns for c in column]
    written = [column for column in columns if 2 * sum("," in c and is_number(c, ",") for c in column) > len(column)]
    if not written or any("." in cell and is_number(cell) for cell in cells):
        return "."
    odd = next((c for column in written for c in column if "," in c), "")
    if all(THOUSANDS.fullmatch(c) for column in written for c in column if "," in c):
        raise DataError(
            f"{path}: {odd!r} may mean {odd.replace(',', '')} or {odd.replace(',', '.')}; say which by "
            '"decimal" in "read": "." or ","'
        )
    return ","


def has_header(path: Path, rows: Rows, decimal: str) -> bool:
    """Whether the first row names columns: it does not where it holds numbers as the rows below do.

    Whole numbers beside other names, or that count up by one, may be either: years, the places of columns.
    """
    first, columns = rows[0], _columns(rows[1:])
    numbers = [cell for cell in first if is_number(cell, decimal)]
    pairs = [(cell, column) for cell, column in zip(first, columns, strict=False) if cell]
    above = [is_number(cell, decimal) for cell, column in pairs if all(is_number(c, decimal) for c in column if c)]
    if not numbers or above.count(False) > above.count(True):
        return True
    whole = [int(cell) for cell in numbers if cell.isascii() and cell.isdigit()]
    counting = len(whole) > 1 and all(b - a == 1 for a, b in pairwise(whole))
    repeated = any(cell in column for cell, column in pairs if not is_number(cell, decimal))
    if len(whole) < len(numbers) or repeated or (len(numbers) == len(first) and not counting):
        return False
    raise DataError(
        f'{path}: the first line may hold names or a sample ({listed(list(first), 4)}); say which by "header" in '
        '"read": true or false'
    )


def _columns(rows: Rows) -> list[list[str]]:
    width = max(map(len, rows), default=0)
    return [[row[i] for row in rows if i < len(row)] for i in range(width)]


def column_titles(path: Path, first: Sequence[str], header: bool) -> tuple[str, ...]:
    """The columns' names: the cells of the first row, or their places. DataError where two are the same."""
    names = [(cell if header else "") or f"column {i + 1}" for i, cell in enumerate(first)]
    if len(set(names)) < len(names):
        twice = next(name for name, count in Counter(names).items() if count > 1)
        raise DataError(f"{path}: two columns are named {twice!r}; give each its own name")
    return tuple(names)
