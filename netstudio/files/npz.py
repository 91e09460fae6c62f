"""Reading NumPy's .npz files without trusting them: nothing is unpickled, nothing allocated that is not in the file."""

from __future__ import annotations

import math
import zipfile
import zlib
from pathlib import Path
from types import TracebackType
from typing import IO, Any, NamedTuple, Self

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from netstudio.errors import FileError
from netstudio.files.reading import reason, require_file

FREE = 64 << 20  # bytes that a file may unpack to, unless told otherwise,
RATIO = 16  # and beyond them no more than this many times its size: an archive made to fill the memory does more
DAMAGE = (
    ValueError, TypeError, KeyError, IndexError, SyntaxError, OverflowError, EOFError, RecursionError, MemoryError,
    NotImplementedError, RuntimeError, zipfile.BadZipFile, zlib.error,
)  # fmt: skip


class Header(NamedTuple):
    """What an array is, before it is read."""

    shape: tuple[int, ...]
    fortran: bool
    dtype: np.dtype[Any]

    @property
    def nbytes(self) -> int:
        return math.prod(self.shape) * self.dtype.itemsize


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

    def read(self, name: str) -> NDArray[Any]:
        """The array."""
        try:
            with self._zip.open(self._members[name]) as member:
                header = self._header(member, name)
                values = np.frombuffer(_content(member, header.nbytes), header.dtype)
                return values.reshape(header.shape, order="F" if header.fortran else "C")
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

    def _header(self, member: IO[bytes], name: str) -> Header:
        version = npy.read_magic(member)
        if version not in ((1, 0), (2, 0)):
            raise ValueError(f"its format is version {version}")
        read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
        header = Header(*read(member))
        if header.dtype.kind not in "fiub" or header.dtype.itemsize > 8:
            raise ValueError(f"it holds {header.dtype}; expected plain numbers")
        if any(n < 0 for n in header.shape) or member.tell() + header.nbytes != self.unpacked(name):
            raise ValueError(f"its shape {header.shape} does not fit its {self.unpacked(name)} bytes")
        return header

    def _damaged(self, name: str, error: Exception) -> FileError:
        return FileError(f"{self.path}: the array {name[:80]!r} is damaged or not to be trusted: {str(error)[:200]}")


def _content(member: IO[bytes], nbytes: int) -> bytearray:
    content = bytearray(nbytes)
    view, at = memoryview(content), 0
    while at < nbytes:
        part = member.read(min(1 << 20, nbytes - at))
        if not part:
            raise EOFError("it ends too early")
        view[at : at + len(part)] = part
        at += len(part)
    if member.read(1):
        raise ValueError("it goes on after its end")  # reading to the end also checks the sum
    return content
