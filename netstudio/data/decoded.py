"""Many files, each decoded to an array of the same shape, by a pool of threads."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from math import prod
from pathlib import Path
from typing import TypeVar
from weakref import WeakValueDictionary

import numpy as np

from netstudio.data import spool
from netstudio.data.spool import Array
from netstudio.errors import DataError

BUDGET = 8 << 30  # bytes that a set may take decoded
BLOCK = 512  # files that are handed to the pool at a time
T = TypeVar("T")
_made: WeakValueDictionary[bytes, Array] = WeakValueDictionary()


def decode(
    paths: Sequence[Path], shape: tuple[int, ...], read: Callable[[Path], Array], form: Hashable, hint: str
) -> Array:
    """(files, *shape), float32: what `read` makes of each path, in their order.

    While somebody holds what was made of the same files in the same `form`, that is given again. DataError, which ends
    with `hint`, where it would take more than BUDGET bytes; else the first error of `read`.
    """
    size = decoded_size(len(paths), shape)
    if size > BUDGET:
        raise DataError(
            f"the {len(paths):,} files would take {size / 2**30:.0f} GB decoded, and {BUDGET >> 30} GB is the most; "
            f"{hint}"
        )
    key = _key(paths, form)
    known = _made.get(key)
    if known is not None:
        return known
    made = spool.empty((len(paths), *shape), np.float32)
    for i, one in enumerate(each(read, paths)):
        made[i] = one
    made.flags.writeable = False
    _made[key] = made
    return made


def decoded_size(count: int, shape: tuple[int, ...]) -> int:
    """The bytes that so many take."""
    return count * prod(shape) * 4


def each(work: Callable[[Path], T], paths: Iterable[Path]) -> Iterator[T]:
    """What `work` makes of each path, in order, some at a time; the first error ends it."""
    waiting = list(paths)
    with ThreadPoolExecutor(min(8, os.cpu_count() or 1), "decode") as pool:
        for start in range(0, len(waiting), BLOCK):
            yield from pool.map(work, waiting[start : start + BLOCK])


def _key(paths: Sequence[Path], form: Hashable) -> bytes:
    """A digest that changes when a file does."""
    digest = hashlib.sha256(repr(form).encode())
    for path in paths:
        try:
            found = path.stat()
        except OSError as error:
            raise DataError(f"can't read {path}: {error.strerror or error}") from None
        digest.update(f"{path.absolute()}\0{found.st_mtime_ns}\0{found.st_size}\n".encode(errors="surrogateescape"))
    return digest.digest()
