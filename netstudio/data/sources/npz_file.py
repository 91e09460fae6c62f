"""Named arrays in a NumPy .npz file."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from netstudio.data.dataset import Array, Dataset
from netstudio.data.settings import DataSettings
from netstudio.errors import DataError
from netstudio.files.npz import Npz

FREE = 1 << 30  # bytes: data of few different values packs well


def read(path: Path, settings: DataSettings) -> Dataset:
    """Every array is a field, its first axis the samples: floats become float32, whole numbers int64."""
    with Npz(path, free=FREE) as arrays:
        fields = {name: _field(path, name, arrays.read(name)) for name in arrays.names}
    if not fields:
        raise DataError(f"{path} holds no arrays; save some by name, as in np.savez(path, image=..., label=...)")
    return Dataset(path.name, fields)


def _field(path: Path, name: str, values: Array) -> Array:
    if values.ndim == 0:
        raise DataError(f"{path}: {name!r} is a single number; expected an array with an axis of samples")
    if values.dtype.kind in "iu" and values.dtype != np.uint64:
        return values.astype(np.int64)
    with np.errstate(over="ignore"):
        return values.astype(np.float32)
