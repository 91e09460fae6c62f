"""Writing files so that a reader finds the old one or the new one, whole, whatever happens in between."""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from netstudio.errors import FileError
from netstudio.files.reading import reason


@contextlib.contextmanager
def replacing(path: str | Path) -> Iterator[BinaryIO]:
    """A binary file to write to, which takes the place of `path` when the block ends without an exception.

    It is written beside `path` and moved there when it is on the disk. FileError where that can't be.
    """
    path = Path(path)
    try:
        target = path.resolve()  # a link stays a link: what it points to is replaced
        _require_place(path, target)
        descriptor, name = tempfile.mkstemp(prefix=f".{target.name[:80]}.", suffix=".part", dir=target.parent)
    except (OSError, ValueError) as error:
        raise _refusal(path, error) from error
    part = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as handle:
            yield handle
            handle.flush()
            os.fsync(handle.fileno())
        part.chmod(_mode(target))
        part.replace(target)
    except OSError as error:
        raise _refusal(path, error) from error
    finally:
        part.unlink(missing_ok=True)


def write_bytes(path: str | Path, content: bytes) -> None:
    """Make `content` what the file holds; FileError where it can't be written, and the old file stays."""
    with replacing(path) as handle:
        handle.write(content)


def write_text(path: str | Path, text: str) -> None:
    """As `write_bytes`, in UTF-8."""
    write_bytes(path, text.encode("utf-8"))


def _require_place(path: Path, target: Path) -> None:
    if target.is_dir():
        raise FileError(f"can't write {path}: it is a folder; name a file in it")
    if not target.parent.is_dir():
        raise FileError(f"can't write {path}: there is no folder {target.parent}; make it, or choose another place")
    if target.exists() and not target.stat().st_mode & stat.S_IWUSR:
        raise FileError(f"can't write {path}: it is read-only; choose another name, or allow writing to it")


def _mode(target: Path) -> int:
    """The old file's permissions, or what a new file gets from the process's mask."""
    if target.exists():
        return stat.S_IMODE(target.stat().st_mode)
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


def _refusal(path: Path, error: Exception) -> FileError:
    return FileError(f"can't write {path}: {reason(error)}; choose another place, or mend its permissions")
