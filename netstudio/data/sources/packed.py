"""Files that gzip may have packed."""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path, PurePath
from types import TracebackType
from typing import IO

from netstudio.errors import DataError

TEXTS = (".csv", ".tsv", ".txt")  # tables that may be packed
MAGIC = b"\x1f\x8b"
MOST = 4 << 30  # bytes that are unpacked: a small file may say that it holds any number of them


def suffix_of(path: PurePath) -> str:
    """The suffix that tells a file's form, in small letters: of "t.csv.gz" it is ".csv"."""
    suffix, inner = path.suffix.lower(), PurePath(path.stem).suffix.lower()
    return inner if suffix == ".gz" and inner in TEXTS else suffix


class Opened:
    """A file's content, unpacked where it is packed, whatever its name says; to be closed, or used in a `with`.

    Raises DataError where it is damaged, or holds more than MOST bytes.
    """

    def __init__(self, path: Path) -> None:
        self._path, self._left = path, MOST
        file = path.open("rb")
        self._packed = file.read(len(MAGIC)) == MAGIC
        file.seek(0)
        self._file: IO[bytes] = gzip.GzipFile(fileobj=file) if self._packed else file  # type: ignore[assignment]
        self._below = file

    def read(self, size: int) -> bytes:
        """The next bytes, no more than `size`; none at the end."""
        if not self._packed:
            return self._file.read(size)
        try:
            read = self._file.read(size)
        except (OSError, EOFError, zlib.error) as error:
            raise DataError(f"can't read {self._path}: it is damaged ({error}); fetch it again") from None
        self._left -= len(read)
        if self._left < 0:
            raise DataError(
                f"{self._path} holds more than {MOST >> 30} GB unpacked; unpack it (gunzip), and name {self._path.stem}"
            )
        return read

    def close(self) -> None:
        self._file.close()
        self._below.close()

    def __enter__(self) -> Opened:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()
