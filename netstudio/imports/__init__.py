"""Models of other programs made ours: graph and weights, ready to predict or to train on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from netstudio.imports.imported import Imported


def read_import(path: str | Path, shapes: Mapping[str, Sequence[int]] | None = None) -> Imported:
    """What a file of another program holds, by its suffix; `shapes` as in `netstudio.imports.onnx.read_onnx`.

    FileError where the file can't be read, ModelImportError where it is of no such kind or can't be expressed.
    """
    from netstudio.errors import ModelImportError
    from netstudio.imports.onnx import read_onnx

    path = Path(path)
    if path.suffix.lower() != ".onnx":
        raise ModelImportError(
            f"can't import {path}: models are imported from ONNX files (.onnx); export it to ONNX where it was made"
        )
    return read_onnx(path, shapes)
