"""NumPy's .npy format: read without trusting it, or mapped into memory where it lies.

The format: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html. Nothing is unpickled.
"""

from __future__ import annotations

import math
import tokenize
from pathlib import Path
from typing import IO, Any, NamedTuple

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from netstudio.errors import FileError
from netstudio.files.reading import reason, require_file

DAMAGE = (
    ValueError, TypeError, KeyError, IndexError, SyntaxError, OverflowError, EOFError, RecursionError, MemoryError,
    tokenize.TokenError,
)  # fmt: skip


class Header(NamedTuple):
    """What an array is, before it is read."""

    shape: tuple[int, ...]
    fortran: bool
    dtype: np.dtype[Any]

    @property
    def nbytes(self) -> int:
        return math.prod(self.shape) * self.dtype.itemsize


def read_header(file: IO[bytes], size: int) -> Header:
    """The header of an array of plain numbers that takes `size` bytes in all; one of DAMAGE where it is none."""
    version = npy.read_magic(file)
    if version not in ((1, 0), (2, 0)):
        raise ValueError(f"its format is version {version}")
    read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
    header = Header(*read(file))
    if header.dtype.kind not in "fiub" or header.dtype.itemsize > 8:
        raise ValueError(f"it holds {header.dtype}; expected plain numbers")
    if any(n < 0 for n in header.shape) or file.tell() + header.nbytes != size:
        raise ValueError(f"its shape {header.shape} does not fit its {size} bytes")
    return header


def mapped(path: Path, header: Header, offset: int) -> NDArray[Any]:
    """The array whose values begin at `offset` in the file, read-only; its pages are read when they are touched."""
    return np.asarray(np.memmap(path, header.dtype, "r", offset, header.shape, order="F" if header.fortran else "C"))


class NpyFile:
    """A .npy file that can be read or mapped. FileError where it is damaged or holds no plain numbers."""

    def __init__(self, path: Path) -> None:
        require_file(path)
        self.path = path
        try:
            with path.open("rb") as file:
                self.header = read_header(file, path.stat().st_size)
                self._offset = file.tell()
        except OSError as error:
            raise FileError(f"can't read {path}: {reason(error)}") from error
        except DAMAGE as error:
            raise FileError(f"{path} is no .npy file, or a damaged one: {str(error)[:200]}") from None

    def mapped(self) -> NDArray[Any]:
        """The array where it lies."""
        return mapped(self.path, self.header, self._offset)

    def read(self) -> NDArray[Any]:
        """A copy in memory."""
        return np.fromfile(self.path, self.header.dtype, offset=self._offset).reshape(
            self.header.shape, order="F" if self.header.fortran else "C"
        )
