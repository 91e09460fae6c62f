"""A program and its weights beside it: two files, of which neither takes the place of anything else."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netstudio.errors import FileError
from netstudio.exports.code.layout import literal
from netstudio.files.atomic import replacing, write_text
from netstudio.files.npz import Npz
from netstudio.files.reading import reason

MARK = "# Written by NetStudio."
MEMBER = "netstudio.export"


def weights_beside(path: Path) -> Path:
    """The file of the weights that belongs to a program."""
    return path.with_name(f"{path.stem}.weights.npz")


def write(path: Path, code: str, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write both. FileError where something stands there that no export wrote, or where they can't be written."""
    weights = weights_beside(path)
    if path.exists() and not _first_line(path).startswith(MARK):
        raise FileError(f"can't write {path}: it holds code that no export wrote; choose another name")
    if weights.exists() and not _is_ours(weights):
        raise FileError(f"can't write {weights}, where the weights go: it holds something else; choose another name")
    with replacing(weights) as handle:
        members: dict[str, Any] = {MEMBER: np.ones((), np.uint8), **arrays}
        np.savez(handle, allow_pickle=False, **members)
    write_text(path, code)


def reading(path: Path) -> str:
    """The expression by which the program finds its weights."""
    return f"Path(__file__).with_name({literal(weights_beside(path).name)})"


def _first_line(path: Path) -> str:
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            return file.readline()
    except OSError as error:
        raise FileError(f"can't write {path}: {reason(error)}; choose another name") from error


def _is_ours(path: Path) -> bool:
    try:
        with Npz(path) as arrays:
            return MEMBER in arrays.names
    except FileError:
        return False
