"""How a document names files: from the folder where it stands, so that both can move together."""

from __future__ import annotations

from pathlib import Path


def named_from(path: Path, folder: Path | None) -> str:
    """How a document in `folder` names `path`: from there where it stands under it, else in full."""
    home, path = folder.resolve() if folder else None, path.resolve()
    return path.relative_to(home).as_posix() if home and path.is_relative_to(home) else str(path)


def moved(source: str | None, old: Path | None, new: Path) -> str | None:
    """What the source of a document in `old` is called once the document stands in `new`.

    Only the path of something that is there is renamed; `sklearn:NAME` and what is missing stay as they are.
    """
    if not source or old is None or "\0" in source or old.resolve() == new.resolve():
        return source
    path = old / source
    return source if Path(source).is_absolute() or not path.exists() else named_from(path, new)
