"""Reading NumPy's .npz files without trusting them: nothing is unpickled, nothing allocated that is not in the file."""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

import numpy as np
from numpy.typing import NDArray

from netstudio.errors import FileError
from netstudio.files import npy
from netstudio.files.npy import Header, read_header
from netstudio.files.reading import reason, require_file

FREE = 64 << 20  # bytes that a file may unpack to, unless told otherwise,
RATIO = 16  # and beyond them no more than this many times its size: an archive made to fill the memory does more
DAMAGE = (*npy.DAMAGE, NotImplementedError, RuntimeError, zipfile.BadZipFile, zlib.error, struct.error)
LOCAL_HEADER = 30  # bytes that stand before a member's name; the lengths of the name and of the extra field end them

Allocate = Callable[[tuple[int, ...], np.dtype[Any]], NDArray[Any]]


class Npz:
    """An open .npz file. `names` are its arrays'. Everything raises FileError where the file is wrong.

    A file may unpack to `free` bytes, and beyond them to RATIO times its size.
    """

    def __init__(self, path: str | Path, free: int = FREE) -> None:
        self.path = Path(path)
        require_file(self.path)
        try:
            self._zip = zipfile.ZipFile(self.path)
        except OSError as error:
            raise FileError(f"can't read {self.path}: {reason(error)}") from error
        except DAMAGE:
            raise FileError(f"{self.path} is no .npz file, or a damaged one (it is no whole zip archive)") from None
        try:
            self._members = self._checked_members(free + RATIO * self.size)
        except FileError:
            self._zip.close()
            raise

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._members)

    @property
    def size(self) -> int:
        """The file's bytes."""
        return self.path.stat().st_size

    def unpacked(self, name: str) -> int:
        """The bytes that the array's member unpacks to."""
        return self._members[name].file_size

    def header(self, name: str) -> Header:
        """Shape and type of an array of numbers."""
        try:
            with self._zip.open(self._members[name]) as member:
                return self._header(member, name)
        except OSError as error:
            raise FileError(f"can't read {self.path}: {reason(error)}") from error
        except DAMAGE as error:
            raise self._damaged(name, error) from None

    def read(self, name: str, allocate: Allocate = np.empty) -> NDArray[Any]:
        """The array, in what `allocate(shape, dtype)` gives."""
        try:
            with self._zip.open(self._members[name]) as member:
                header = self._header(member, name)
                values = allocate(header.shape[:: -1 if header.fortran else 1], header.dtype)
                _fill(member, values.reshape(-1).view(np.uint8).data)
                return values.T if header.fortran else values
        except OSError as error:
            raise FileError(f"can't read {self.path}: {reason(error)}") from error
        except DAMAGE as error:
            raise self._damaged(name, error) from None

    def mapped(self, name: str) -> NDArray[Any] | None:
        """The array where it lies in the file, read-only; None where it is compressed."""
        info = self._members[name]
        if info.compress_type != zipfile.ZIP_STORED:
            return None
        try:
            with self._zip.open(info) as member:
                header, start = self._header(member, name), member.tell()
            return npy.mapped(self.path, header, self._offset(info) + start)
        except OSError as error:
            raise FileError(f"can't read {self.path}: {reason(error)}") from error
        except DAMAGE as error:
            raise self._damaged(name, error) from None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._zip.close()

    def _checked_members(self, most: int) -> dict[str, zipfile.ZipInfo]:
        members = self._zip.infolist()
        total = sum(m.file_size for m in members)
        if total > most:
            raise FileError(f"{self.path} unpacks to {total >> 20} MB from {self.size} bytes; that is no honest file")
        found: dict[str, zipfile.ZipInfo] = {}
        for member in members:
            name = member.filename.removesuffix(".npy")
            if name == member.filename or name in found:
                raise FileError(f"{self.path}: unexpected member {member.filename[:80]!r}; expected arrays, each once")
            if member.flag_bits & 1 or member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise FileError(f"{self.path}: {name[:80]!r} is encrypted or packed in a way that NumPy does not use")
            found[name] = member
        return found

    def _offset(self, info: zipfile.ZipInfo) -> int:
        """Where the member's bytes begin: after a header that ends with two lengths (PKWARE's APPNOTE, 4.3.7)."""
        with self.path.open("rb") as file:
            file.seek(info.header_offset)
            name, extra = struct.unpack("<HH", file.read(LOCAL_HEADER)[26:])
        return info.header_offset + LOCAL_HEADER + int(name) + int(extra)

    def _header(self, member: IO[bytes], name: str) -> Header:
        return read_header(member, self.unpacked(name))

    def _damaged(self, name: str, error: Exception) -> FileError:
        return FileError(f"{self.path}: the array {name[:80]!r} is damaged or not to be trusted: {str(error)[:200]}")


def _fill(member: IO[bytes], content: memoryview) -> None:
    at = 0
    while at < len(content):
        part = member.read(min(1 << 20, len(content) - at))
        if not part:
            raise EOFError("it ends too early")
        content[at : at + len(part)] = part
        at += len(part)
    if member.read(1):
        raise ValueError("it goes on after its end")  # reading to the end also checks the sum
