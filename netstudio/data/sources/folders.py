"""Folders in which each class has a folder of files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from netstudio.data.dataset import Array, Dataset, listed
from netstudio.data.labels import PART_OF_FOLDER
from netstudio.data.media import IMAGES, SOUNDS, UNREADABLE
from netstudio.errors import DataError


@dataclass(frozen=True)
class Filed:
    """Files with the class of each; and the part, where class folders stand in folders such as train and test."""

    folder: Path
    paths: tuple[Path, ...]
    classes: tuple[str, ...]
    labels: Array
    parts: tuple[str, ...] = ()
    part_of: Array | None = None

    def dataset(self, name: str, values: Array) -> Dataset:
        """With `values` of the files as the field `name`, "label", and, where there are parts, "folder"."""
        fields, classes = {name: values, "label": self.labels}, {"label": self.classes}
        if self.part_of is not None:
            fields[PART_OF_FOLDER], classes[PART_OF_FOLDER] = self.part_of, self.parts
        return Dataset(self.folder.name, fields, classes)


def filed(folder: Path, suffixes: Sequence[str], kind: str) -> Filed:
    """The files with those suffixes in the class folders of `folder`, classes in alphabetical order.

    Class folders may stand in folders of their own: train, test. Files of other kinds are left alone, notes and lists
    among them, but for sounds and pictures that can't be read. DataError where there are no class folders, one is
    empty, or holds such files.
    """
    tops = _folders(folder)
    in_parts = bool(tops) and not any(files_in(top, suffixes) for top in tops) and any(map(_folders, tops))
    if in_parts:
        bare = next((top for top in tops if not _folders(top)), None)
        if bare is not None:
            raise DataError(f"{bare} has no class folders, and those beside it have; put some in, or take it away")
    homes = [(home, top.name) for top in tops for home in _folders(top)] if in_parts else [(top, "") for top in tops]
    found = [(path, home.name, part) for home, part in homes for path in _files(home, suffixes, kind)]
    if not found:
        raise DataError(f"{folder} has no class folders with {kind}s ({', '.join(suffixes)}); make a folder a class")
    paths, names, parts = zip(*found, strict=True)
    classes, labels = _numbered(names)
    if not in_parts:
        return Filed(folder, paths, classes, labels)
    return Filed(folder, paths, classes, labels, *_numbered(parts))


def files_in(folder: Path, suffixes: Sequence[str]) -> list[Path]:
    """The files in a folder that have those suffixes, by name."""
    return sorted(p for p in _entries(folder) if p.suffix.lower() in suffixes and p.is_file())


def all_in(folder: Path, suffixes: Sequence[str], depth: int = 2) -> list[Path]:
    """The files with those suffixes in a folder and in the folders below, so many deep; folder by folder, by name."""
    below = _folders(folder) if depth > 0 else []
    return files_in(folder, suffixes) + [path for one in below for path in all_in(one, suffixes, depth - 1)]


def holds(folder: Path, suffixes: Sequence[str], depth: int = 2) -> bool:
    """Whether a file with one of the suffixes stands in the folder, or so many folders below."""
    if files_in(folder, suffixes):
        return True
    return depth > 0 and any(holds(one, suffixes, depth - 1) for one in _folders(folder))


def _files(home: Path, suffixes: Sequence[str], kind: str) -> list[Path]:
    found = files_in(home, suffixes)
    foreign = UNREADABLE.union(IMAGES, SOUNDS).difference(suffixes)
    strange = next((p for p in sorted(_entries(home)) if p.suffix.lower() in foreign), None)
    if strange is not None:
        raise DataError(f"{strange} is no {kind} that can be read here; convert it to {suffixes[0]}, or take it away")
    if not found:
        below = [p.name for p in _folders(home)]
        more = f" (only the folders {listed(below, 3)})" if below else ""
        raise DataError(f"the class folder {home} holds no {kind}s{more}; put some in, or take the folder away")
    return found


def _folders(folder: Path) -> list[Path]:
    """The folders in it, by name, less hidden ones and what archives leave behind."""
    return sorted(p for p in _entries(folder) if p.is_dir() and not p.name.startswith("__"))


def _entries(folder: Path) -> list[Path]:
    try:
        return [p for p in folder.iterdir() if not p.name.startswith(".")]
    except OSError as error:
        raise DataError(f"can't read the folder {folder}: {error.strerror or error}") from None


def _numbered(names: Sequence[str]) -> tuple[tuple[str, ...], Array]:
    different = sorted(set(names))
    number = {name: i for i, name in enumerate(different)}
    return tuple(different), np.array([number[name] for name in names], np.int64)
