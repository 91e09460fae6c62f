"""Named arrays in a NumPy .npz file, one in a .npy file, or several in a folder of .npy files.

Large arrays stay in the file: they are mapped into memory where they are stored as they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from netstudio.data import spool
from netstudio.data.dataset import Array, Dataset
from netstudio.data.settings import DataSettings
from netstudio.errors import DataError
from netstudio.files.npy import NpyFile
from netstudio.files.npz import Npz

FREE = 1 << 30  # bytes: data of few different values packs well


def read(path: Path, settings: DataSettings) -> Dataset:
    """Every array is a field, its first axis the samples: floats become float32, whole numbers int64."""
    with Npz(path, free=FREE) as arrays:
        fields = {name: _field(path, name, _member(arrays, name)) for name in arrays.names}
    if not fields:
        raise DataError(f"{path} holds no arrays; save some by name, as in np.savez(path, image=..., label=...)")
    return Dataset(path.name, fields)


def read_npy(path: Path, settings: DataSettings) -> Dataset:
    """The array is the only field, named as the file."""
    return Dataset(path.name, _fields([path]))


def read_folder(folder: Path, settings: DataSettings) -> Dataset:
    """Each .npy file of the folder is a field, named as the file."""
    return Dataset(folder.name, _fields(npy_files(folder)))


def npy_files(folder: Path) -> list[Path]:
    """The folder's .npy files, by name."""
    return sorted(p for p in folder.iterdir() if p.suffix.lower() == ".npy" and p.is_file())


def _fields(paths: list[Path]) -> Mapping[str, Array]:
    files = [NpyFile(path) for path in paths]
    arrays = [file.mapped() if file.header.nbytes > spool.LIMIT else file.read() for file in files]
    return {path.stem: _field(path, path.stem, array) for path, array in zip(paths, arrays, strict=True)}


def _member(arrays: Npz, name: str) -> Array:
    mapped = arrays.mapped(name) if arrays.header(name).nbytes > spool.LIMIT else None
    return arrays.read(name, spool.empty) if mapped is None else mapped


def _field(path: Path, name: str, values: Array) -> Array:
    if values.ndim == 0:
        raise DataError(f"{path}: {name!r} is a single number; expected an array with an axis of samples")
    is_whole = values.dtype.kind in "iu" and values.dtype != np.uint64
    return spool.converted(values, np.int64 if is_whole else np.float32)
