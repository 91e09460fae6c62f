"""Reading whole files, with errors that help."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from netstudio.errors import FileError, suggestion


def read_bytes(path: str | Path, limit: int) -> bytes:
    """What the file holds. FileError where there is none, it can't be read, or it has more than `limit` bytes."""
    path = Path(path)
    require_file(path)
    try:
        with path.open("rb") as handle:
            content = handle.read(limit + 1)
    except (OSError, ValueError) as error:
        raise FileError(f"can't read {path}: {reason(error)}") from error
    if len(content) > limit:
        raise FileError(f"{path} has more than {limit >> 20} MB; that can't be a file of this kind")
    return content


def require_file(path: Path) -> None:
    """FileError unless `path` is a file; it names a file of nearly that name beside it, where there is one."""
    try:
        if path.is_file():
            return
        if path.is_dir():
            raise FileError(f"{path} is a folder; expected a file")
        if path.exists():
            raise FileError(f"{path} is no file of data but a pipe or a device; write what it gives to a file first")
        beside = [p for p in path.parent.iterdir() if suggestion(path.stem, [p.stem])] if path.parent.is_dir() else []
    except (OSError, ValueError) as error:
        raise FileError(f"can't read {path}: {reason(error)}") from error
    if not path.parent.is_dir():
        raise FileError(f"there is no folder {path.parent}, so no file {path}; check the path")
    raise FileError(f"there is no file {path}{suggestion(path.name, [p.name for p in beside]) or '; check the path'}")


@contextmanager
def readable(path: str | Path) -> Iterator[None]:
    """FileError in place of whatever the system raises within: a file that goes while it is read, say."""
    try:
        yield
    except OSError as error:
        shown = str(path)
        raise FileError(f"can't read {shown if len(shown) < 300 else shown[:300] + '…'}: {reason(error)}") from error


def reason(error: Exception) -> str:
    """What the system says, without its number and path."""
    return (getattr(error, "strerror", None) or str(error)).lower()
