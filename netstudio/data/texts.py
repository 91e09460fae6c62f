"""Many texts, which need not fit in memory: their bytes one after the other, and where each begins."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from netstudio.data import spool
from netstudio.data.spool import Array

TOGETHER = 4096  # texts that are worked on at a time


class Texts:
    """`texts[row]` is the text of a row; None where its cell is empty."""

    def __init__(self, ends: Array, content: Array) -> None:
        """`ends` (rows,) says where each text ends in the UTF-8 bytes of `content`, as -1 - end where it is empty."""
        self._ends, self._content = ends, content

    def __len__(self) -> int:
        return len(self._ends)

    def __getitem__(self, row: int) -> str | None:
        end = int(self._ends[row])
        return None if end < 0 else self._between(self._end(row - 1) if row else 0, end)

    def _end(self, row: int) -> int:
        end = int(self._ends[row])
        return -1 - end if end < 0 else end

    def _between(self, start: int, end: int) -> str:
        return bytes(self._content[start:end]).decode()

    def of(self, rows: Array) -> list[str | None]:
        """The texts of those rows."""
        return [self[int(row)] for row in rows]

    def parts(self, rows: Array | None = None) -> Iterator[tuple[slice, list[str | None]]]:
        """The texts of `rows`, or of all, some at a time, each with its places in `rows`."""
        numbers = np.arange(len(self)) if rows is None else rows
        for start in range(0, len(numbers), TOGETHER):
            part = slice(start, min(start + TOGETHER, len(numbers)))
            yield part, self.of(numbers[part])

    def taken(self, rows: Array) -> Texts:
        """Those rows alone."""
        grown = GrowingTexts()
        for _, part in self.parts(rows):
            grown.append(part)
        return grown.finish()


class GrowingTexts:
    """Texts that are appended while nobody knows how many there will be."""

    def __init__(self) -> None:
        self._ends = spool.Growing((), np.int64)
        self._content = spool.Growing((), np.uint8)

    def append(self, texts: Sequence[str | None]) -> None:
        """Add a row for each; None where a cell is empty."""
        encoded = [b"" if text is None else text.encode() for text in texts]
        sizes = np.fromiter(map(len, encoded), np.int64, len(encoded))
        ends = self._content.rows + np.cumsum(sizes)
        empty = np.fromiter((text is None for text in texts), bool, len(encoded))
        self._ends.append(np.where(empty, -1 - ends, ends))
        self._content.append(np.frombuffer(b"".join(encoded), np.uint8))

    def finish(self) -> Texts:
        """All of them; nothing can be appended any more."""
        return Texts(self._ends.finish(), self._content.finish())
