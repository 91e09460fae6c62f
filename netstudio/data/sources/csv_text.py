"""A CSV file as UTF-8 text in parts that hold whole rows, checked for what readers would misread in silence.

A row ends at a line end outside quotes, which open and close by turns.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netstudio.data.sources.csv_form import CsvForm
from netstudio.data.sources.packed import Opened
from netstudio.errors import DataError

PART = 8 << 20  # bytes of text read at a time
LONGEST = 4  # parts that one row may take
QUOTE, SPACE, LINE_FEED, RETURN = b'" \n\r'
Bytes = NDArray[np.uint8]
Places = NDArray[np.intp]


@dataclass(frozen=True)
class Part:
    """Whole rows: `content` ends where a row does, and begins in that line of the file (from 1)."""

    content: bytes
    line: int

    @cached_property
    def _bytes(self) -> Bytes:
        return np.frombuffer(self.content, np.uint8)

    @cached_property
    def quotes(self) -> Places:
        """Where quotes stand; those at even places open a cell."""
        return np.flatnonzero(self._bytes == QUOTE) if b'"' in self.content else np.empty(0, np.intp)

    @cached_property
    def feeds(self) -> Places:
        """Where lines end."""
        return np.flatnonzero(self._bytes == LINE_FEED)

    @cached_property
    def starts(self) -> Places:
        """Where the rows begin, those of blank lines too, and where the last one ends."""
        ends = self._outside(self.feeds) + 1
        inside = ends[ends < len(self.content)]
        return np.concatenate([[0], inside, [len(self.content)]])

    @property
    def has_blank(self) -> bool:
        """Whether a line is blank, or so short that it may be."""
        return bool(self.feeds.size) and bool(self.feeds[0] <= 1 or (np.diff(self.feeds) <= 2).any())

    @cached_property
    def blank(self) -> NDArray[np.bool_]:
        """Which rows are blank lines."""
        lengths, first = np.diff(self.starts), self._bytes[self.starts[:-1]]
        blank: NDArray[np.bool_] = (first == LINE_FEED) | ((lengths == 2) & (first == RETURN))
        return blank

    def widths(self, delimiter: str) -> Places:
        """How many cells each row has."""
        between = self._outside(np.flatnonzero(self._bytes == ord(delimiter)))
        return np.diff(np.searchsorted(between, self.starts)) + 1

    def line_at(self, place: int) -> int:
        """The line in which the byte at `place` stands."""
        return self.line + self.content.count(b"\n", 0, place)

    def without(self, rows: NDArray[np.bool_]) -> bytes:
        """The text less these rows."""
        edges = np.flatnonzero(np.diff(rows, prepend=True, append=True))  # what is kept begins and ends there, by turns
        return b"".join(
            self.content[self.starts[a] : self.starts[b]] for a, b in zip(edges[::2], edges[1::2], strict=True)
        )

    def unspaced(self, path: Path, delimiter: str) -> Part:
        """Less the spaces between quotes and delimiters; DataError where a quote stands within a cell."""
        if not len(self.quotes):
            return self
        around = (ord(delimiter), LINE_FEED, RETURN)
        drop = np.zeros(len(self.content), np.bool_)
        sides = [self._astray(self.quotes[side::2], 2 * side - 1, around, drop) for side in (0, 1)]
        wrong = [(int(self.quotes[2 * i + side]), i) for side, i in enumerate(sides) if i is not None]
        if wrong:
            place, cell = min(wrong)
            raise DataError(
                f"{path}, line {self.line_at(int(self.quotes[2 * cell]))}: a quote stands within a cell, or is never "
                f"closed, near {_near(self.content, place)}; close it, or put the cell in quotes and double those in it"
            )
        if len(self.quotes) % 2:
            raise unclosed(path, self.line_at(self.quotes[-1]))
        return Part(self._bytes[~drop].tobytes(), self.line) if drop.any() else self

    def _astray(self, places: Places, step: int, around: tuple[int, ...], drop: NDArray[np.bool_]) -> int | None:
        """The first quote with something else than a cell's end beside it; marks the spaces there."""
        at = places + step
        last = len(self.content) - 1
        while (spaces := np.flatnonzero(self._beside(at) == SPACE)).size:
            drop[at[spaces]] = True
            at[spaces] += step
        beside = self._beside(at)
        doubled = (beside == QUOTE) & (at == places + step)
        fine = np.isin(beside, around) | doubled | (at < 0) | (at > last)
        return None if fine.all() else int(np.argmin(fine))

    def _beside(self, at: Places) -> Bytes:
        inside = (at >= 0) & (at < len(self.content))
        return np.where(inside, self._bytes[np.clip(at, 0, len(self.content) - 1)], LINE_FEED).astype(np.uint8)

    def _outside(self, places: Places) -> Places:
        """Those that no quotes enclose."""
        return places[np.searchsorted(self.quotes, places) % 2 == 0] if len(self.quotes) else places


def parts(path: Path, form: CsvForm) -> Iterator[Part]:
    """The file's text, the header too. DataError where it holds bytes of 0 or a quote is never closed."""
    rest, line = b"", 1
    for read in _utf8(path, form.encoding):
        if b"\0" in read:
            place = line + rest.count(b"\n") + read.count(b"\n", 0, read.index(0))
            raise DataError(f"{path}, line {place} holds a byte of 0, which is no text; take it out")
        rest += read
        cut = _last_end(rest)
        if not cut and len(rest) > LONGEST * PART and b'"' in rest:
            raise unclosed(path, line + rest.count(b"\n", 0, rest.index(b'"')))
        if cut:
            part = Part(rest[:cut], line)
            yield part
            line += len(part.feeds)
            rest = rest[cut:]
    if rest:
        yield Part(rest, line)


def rows_of(path: Path, form: CsvForm) -> Iterator[Part]:
    """The rows alone: quotes checked, blank lines and the header left out. DataError as from `parts`."""
    whole = (part.unspaced(path, form.delimiter) for part in parts(path, form))
    for part, skipped in _with_skipped(whole, form):
        content = part.content if skipped is None else part.without(skipped)
        if content:
            yield Part(content, part.line)


def line_of(path: Path, form: CsvForm, row: int) -> int:
    """The line in which the row of that number (from 0) begins."""
    for part, skipped in _with_skipped(parts(path, form), form):
        kept = np.arange(len(part.starts) - 1) if skipped is None else np.flatnonzero(~skipped)
        if row < len(kept):
            return part.line_at(int(part.starts[kept[row]]))
        row -= len(kept)
    raise DataError(f"{path} has fewer rows than it had a moment ago; read it again")


def is_ragged(content: bytes, form: CsvForm) -> bool:
    """Whether a row has more or fewer cells than there are columns."""
    return bool(_uneven(Part(content, 1), form).size)


def ragged(path: Path, form: CsvForm) -> str | None:
    """Which row of the file has more or fewer cells than there are columns, in words, or None."""
    width = len(form.names)
    for part in parts(path, form):
        wrong = _uneven(part, form)
        if wrong.size:
            cells = int(part.widths(form.delimiter)[wrong[0]])
            line = part.line_at(int(part.starts[wrong[0]]))
            return (
                f"line {line} has {cells} {'cell' if cells == 1 else 'cells'} and the first {width}; mend or quote it"
            )
    return None


def _uneven(part: Part, form: CsvForm) -> Places:
    return np.flatnonzero((part.widths(form.delimiter) != len(form.names)) & ~part.blank)


def unclosed(path: Path, line: int) -> DataError:
    """The error about a quote that goes on to the end."""
    return DataError(f"{path}, line {line}: a quote opens there and is never closed; close it, or take it out")


def _with_skipped(parts: Iterator[Part], form: CsvForm) -> Iterator[tuple[Part, NDArray[np.bool_] | None]]:
    """With each part which of its rows are none: the header, and blank lines but in a single column (empty cells)."""
    header = form.header
    for part in parts:
        skipped = part.blank.copy() if part.has_blank and len(form.names) > 1 else None
        if header:
            skipped = np.zeros(len(part.starts) - 1, np.bool_) if skipped is None else skipped
            names = int(np.argmin(part.blank))
            skipped[: names + 1] = True
            header = bool(part.blank.all())
        yield part, skipped


def _last_end(text: bytes) -> int:
    """Where the last whole row ends."""
    end = text.rfind(b"\n") + 1
    while end and text.count(b'"', 0, end) % 2:
        end = text.rfind(b"\n", 0, text.rfind(b'"', 0, end)) + 1
    return end


def _utf8(path: Path, encoding: str) -> Iterator[bytes]:
    """The file a PART at a time, without a byte order mark; a lone return, old Macs' line end, becomes a line feed."""
    decoder: Any = None if encoding == "utf-8" else codecs.getincrementaldecoder(encoding)()
    macs: bool | None = None
    with Opened(path) as file:
        while read := file.read(PART):
            if decoder is not None:
                read = _encoded(path, decoder, read, encoding)
            if macs is None:
                read = read.removeprefix(codecs.BOM_UTF8)
                macs = b"\r" in read and b"\n" not in read
            yield read.replace(b"\r", b"\n") if macs else read
        if decoder is not None:
            _encoded(path, decoder, b"", encoding, final=True)


def _encoded(path: Path, decoder: codecs.IncrementalDecoder, read: bytes, encoding: str, final: bool = False) -> bytes:
    try:
        return decoder.decode(read, final).encode()
    except UnicodeError as error:
        raise DataError(f'{path} is not {encoding} text ({error}); set its "encoding" in "read"') from None


def _near(content: bytes, place: int) -> str:
    return repr(content[max(0, place - 12) : place + 12].decode(errors="replace").strip())
