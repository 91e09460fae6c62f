"""IDX files, the form in which MNIST comes: http://yann.lecun.com/exdb/mnist (magic number, sizes, values)."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

from netstudio.data import spool
from netstudio.data.dataset import Array, Dataset
from netstudio.data.settings import DataSettings
from netstudio.data.sources.packed import Opened
from netstudio.errors import DataError

DTYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
LIMIT = 4 << 30  # bytes
MOST_AXES = 8


def read(path: Path, settings: DataSettings) -> Dataset:
    """The file's "image" (height, width, 1), bytes scaled to 0..1, and "label" from the labels' file beside it.

    For "train-images-idx3-ubyte" that is "train-labels-idx1-ubyte", packed or not. DataError where a file is damaged
    or missing, or does not hold a label for each image.
    """
    images = _images(path)
    where = _labels_of(path, images.ndim)
    labels = _array(where)
    if labels.ndim != 1 or labels.dtype.kind == "f":
        raise DataError(f"{where} holds {labels.dtype.name} of {labels.ndim} axes; expected a whole number an image")
    if len(labels) != len(images):
        raise DataError(f"{where} holds {len(labels)} labels, and {path.name} {len(images)} images; fetch both again")
    labels = labels.astype(np.int64)
    if labels.min(initial=0) < 0:
        raise DataError(f"{where}: label {int(np.argmax(labels < 0))} (from 0) is {labels.min()}; expected 0 or more")
    count = int(labels.max(initial=0)) + 1
    return Dataset(path.name, {"image": _scaled(images), "label": labels}, {"label": tuple(map(str, range(count)))})


def read_images(path: Path) -> Dataset:
    """The file's "image" alone; no labels are looked for."""
    return Dataset(path.name, {"image": _scaled(_images(path))})


def _images(path: Path) -> Array:
    images = _array(path)
    if images.ndim < 2:
        raise DataError(f"{path} holds {images.ndim} axes, so labels; name the file of images")
    return images


def _scaled(images: Array) -> Array:
    """As float32 (rows, height, width, 1), bytes from 0 to 1."""
    scale = np.float32(255 if images.dtype == np.uint8 else 1)
    image = spool.transformed(images, lambda part: part.astype(np.float32) / scale, images.shape[1:], np.float32)
    return image[..., None] if image.ndim == 3 else image


def _labels_of(path: Path, axes: int) -> Path:
    """The file of labels beside a file of images, packed or not."""
    name = path.name.replace("images", "labels").replace(f"idx{axes}", "idx1")
    other = name.removesuffix(".gz") if name.endswith(".gz") else f"{name}.gz"
    found = next((one for one in (name, other) if one != path.name and path.with_name(one).is_file()), None)
    if found is None:
        raise DataError(f"there is no file {name} beside {path}; the labels should be in it")
    return path.with_name(found)


def _array(path: Path) -> Array:
    try:
        with Opened(path) as file:
            return _values(path, file)
    except OSError as error:
        raise DataError(f"can't read {path}: {error}") from None


def _values(path: Path, file: Opened) -> Array:
    """The head says how many values there are; no more than them is read, and one byte."""
    head = file.read(4)
    if len(head) < 4 or head[:2] != b"\0\0" or head[2] not in DTYPES or not 1 <= head[3] <= MOST_AXES:
        if path.suffix.lower() == ".gz" and "." in path.stem:
            raise DataError(
                f"{path} is packed, and neither an IDX file nor a table; unpack it (gunzip), and name {path.stem}"
            )
        raise DataError(f"{path} is no IDX file; expected it to begin with two zero bytes, a type and its axes")
    dtype, axes = np.dtype(DTYPES[head[2]]), head[3]
    told = file.read(4 * axes)
    if len(told) < 4 * axes:
        raise DataError(f"{path} is damaged: it ends in its head; fetch it again")
    sizes = np.frombuffer(told, ">u4").tolist()
    wanted = math.prod(sizes) * dtype.itemsize
    if wanted > LIMIT:
        raise DataError(f"{path} says that it holds {wanted >> 30:,} GB ({sizes}); {LIMIT >> 30} is the most")
    content = file.read(wanted + 1)
    if len(content) != wanted:
        held = "more" if len(content) > wanted else f"{len(content):,}"
        raise DataError(
            f"{path} is damaged: its sizes {sizes} make {wanted:,} bytes of values, and it holds {held}; fetch it again"
        )
    return np.frombuffer(content, dtype).reshape(sizes)
