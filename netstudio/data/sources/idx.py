"""IDX files, the form in which MNIST comes: http://yann.lecun.com/exdb/mnist (magic number, sizes, values)."""

from __future__ import annotations

import gzip
import math
import zlib
from pathlib import Path

import numpy as np

from netstudio.data.dataset import Array, Dataset
from netstudio.data.settings import DataSettings
from netstudio.errors import DataError

DTYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
LIMIT = 4 << 30  # bytes


def read(path: Path, settings: DataSettings) -> Dataset:
    """The file's "image" (height, width, 1), bytes scaled to 0..1, and "label" from the labels' file beside it.

    For "train-images-idx3-ubyte" that is "train-labels-idx1-ubyte". DataError where a file is damaged or missing.
    """
    images = _array(path)
    if images.ndim < 2:
        raise DataError(f"{path} holds {images.ndim} axes, so labels; name the file of images")
    labels_path = path.with_name(path.name.replace("images", "labels").replace(f"idx{images.ndim}", "idx1"))
    if labels_path == path or not labels_path.is_file():
        raise DataError(f"there is no file {labels_path.name} beside {path}; the labels should be in it")
    labels = _array(labels_path).astype(np.int64)
    scale = 255 if images.dtype == np.uint8 else 1
    image = images.astype(np.float32) / scale
    image = image[..., None] if image.ndim == 3 else image
    count = int(labels.max(initial=0)) + 1
    return Dataset(path.name, {"image": image, "label": labels}, {"label": tuple(map(str, range(count)))})


def _array(path: Path) -> Array:
    content = _content(path)
    if len(content) < 4 or content[:2] != b"\0\0" or content[2] not in DTYPES:
        raise DataError(f"{path} is no IDX file; expected it to begin with two zero bytes and a type")
    dtype, axes = np.dtype(DTYPES[content[2]]), content[3]
    sizes = np.frombuffer(content, ">u4", min(axes, (len(content) - 4) // 4), 4).tolist()
    start = 4 + 4 * axes
    if len(sizes) < axes or len(content) - start != math.prod(sizes) * dtype.itemsize:
        raise DataError(f"{path} is damaged: its sizes {sizes} do not fit its {len(content)} bytes; fetch it again")
    return np.frombuffer(content, dtype, offset=start).reshape(sizes)


def _content(path: Path) -> bytes:
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as handle:
            content = handle.read(LIMIT + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"can't read {path}: {error}") from None
    if len(content) > LIMIT:
        raise DataError(f"{path} has more than {LIMIT >> 30} GB")
    return content
