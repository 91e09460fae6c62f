"""Arrays of any size: small ones in memory, large ones in temporary files that the system pages in and out.

Whoever makes a large array makes it here, and works on it a chunk of rows at a time, so that the process keeps little
memory of its own however many samples there are.
"""

from __future__ import annotations

import mmap
import os
import tempfile
import weakref
from collections.abc import Callable, Iterator, Sequence
from math import prod
from typing import IO, Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from netstudio.errors import FileError

Array = NDArray[Any]
LIMIT = 64 << 20  # bytes; larger arrays go to a file
CHUNK = 8 << 20  # bytes worked on at a time


def empty(shape: tuple[int, ...], dtype: DTypeLike) -> Array:
    """An array to be filled: in memory up to LIMIT bytes, beyond them in a file that goes when the array goes.

    FileError where the disk has no room for it.
    """
    dtype = np.dtype(dtype)
    size = prod(shape) * dtype.itemsize
    if size <= LIMIT:
        return np.empty(shape, dtype)
    with _file() as file:
        _reserve(file, size)
        return _mapped(file, shape, dtype)


class Growing:
    """Rows that are appended while nobody knows how many there will be: in memory up to LIMIT bytes, then in a file."""

    def __init__(self, shape: tuple[int, ...], dtype: DTypeLike) -> None:
        self._shape, self._dtype = shape, np.dtype(dtype)
        self._parts: list[Array] = []
        self._file: IO[bytes] | None = None
        self.rows = 0

    def append(self, rows: Array) -> None:
        """Add (rows, *shape). FileError where the disk has no room for them."""
        rows = np.ascontiguousarray(rows, self._dtype)
        self.rows += len(rows)
        self._parts.append(rows)
        if self._file is not None or self.rows * prod(self._shape) * self._dtype.itemsize > LIMIT:
            if self._file is None:
                self._file = _file()
                weakref.finalize(self, self._file.close)  # where the rows are given up before they are finished
            self._write(self._file)

    def finish(self) -> Array:
        """All rows; nothing can be appended any more."""
        shape = (self.rows, *self._shape)
        if self._file is None:
            return np.concatenate(self._parts) if self._parts else np.empty(shape, self._dtype)
        with self._file:
            return _mapped(self._file, shape, self._dtype)

    def _write(self, file: IO[bytes]) -> None:
        try:
            for part in self._parts:
                file.write(part.data)
            file.flush()
        except OSError as error:
            raise _no_room(error) from None
        self._parts.clear()


def chunks(*arrays: Array) -> Iterator[slice]:
    """The rows of arrays of the same length, so many at a time that CHUNK bytes hold them."""
    rows = len(arrays[0])
    step = max(1, CHUNK // max(1, *(a.nbytes // max(1, rows) for a in arrays)))
    for start in range(0, rows, step):
        yield slice(start, min(start + step, rows))


def transformed(values: Array, change: Callable[[Array], Array], shape: tuple[int, ...], dtype: DTypeLike) -> Array:
    """What `change` makes of the rows, chunk by chunk: (rows, *shape) of `dtype`."""
    made = empty((len(values), *shape), dtype)
    with np.errstate(over="ignore"):
        for rows in chunks(values, made):
            made[rows] = change(values[rows])
    return made


def converted(values: Array, dtype: DTypeLike) -> Array:
    """The values as a contiguous, aligned array of `dtype`; themselves where they are one."""
    if values.dtype == np.dtype(dtype) and values.flags.c_contiguous and values.flags.aligned:
        return values
    return transformed(values, lambda part: part, values.shape[1:], dtype)


def taken(values: Array, rows: NDArray[np.int64]) -> Array:
    """The rows of those numbers, in that order."""
    made = empty((len(rows), *values.shape[1:]), values.dtype)
    for part in chunks(made):
        made[part] = values[rows[part]]
    return made


def side_by_side(columns: Sequence[Array]) -> Array:
    """(rows, width) arrays of numbers, one beside the other; float32."""
    made = empty((len(columns[0]), sum(c.shape[1] for c in columns)), np.float32)
    for rows in chunks(made):
        np.concatenate([c[rows] for c in columns], axis=1, out=made[rows])
    return made


def first_row(values: Array, wrong: Callable[[Array], NDArray[np.bool_]]) -> int | None:
    """The first row in which `wrong` is true of some value, or None."""
    for rows in chunks(values):
        found = wrong(values[rows])
        if found.any():
            return int(rows.start) + int(np.argwhere(found)[0][0])
    return None


def distinct(values: Array) -> Array:
    """The different values, sorted."""
    return np.unique(np.concatenate([np.unique(values[rows]) for rows in chunks(values)] or [values]))


def is_mapped(values: Array) -> bool:
    """Whether the values lie in a file, so that reading one may have to wait for the disk."""
    owner: object = values
    while isinstance(owner, np.ndarray):
        owner = owner.base
    return isinstance(owner, mmap.mmap)


def _file() -> IO[bytes]:
    """A file without a name, or, where the system has no such thing, one that is deleted when it is closed."""
    try:
        return tempfile.TemporaryFile(prefix="netstudio-")
    except OSError as error:
        raise _no_room(error) from None


def _reserve(file: IO[bytes], size: int) -> None:
    """Claim the room now: a full disk would later end the process instead of raising."""
    try:
        if hasattr(os, "posix_fallocate"):
            os.posix_fallocate(file.fileno(), 0, size)
        else:
            file.truncate(size)
    except OSError as error:
        raise _no_room(error, size) from None


def _mapped(file: IO[bytes], shape: tuple[int, ...], dtype: np.dtype[Any]) -> Array:
    return np.asarray(np.memmap(file, dtype, "r+", shape=shape))


def _no_room(error: OSError, size: int = 0) -> FileError:
    what = f"{size >> 20} MB of data" if size else "the data"
    return FileError(
        f"can't keep {what} in a temporary file in {tempfile.gettempdir()} ({error.strerror or error}); "
        "make room there, or let TMPDIR name a folder on a larger disk"
    )
