"""A folder with a folder of images for each class."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from netstudio.data.dataset import Array, Dataset
from netstudio.data.images import SUFFIXES, read_image
from netstudio.data.settings import DataSettings
from netstudio.errors import DataError


def read(folder: Path, settings: DataSettings) -> Dataset:
    """Fields "image" (height, width, channels), scaled to 0..1, and "label"; DataError where the sizes differ.

    All are grey where the first is grey, else in colour.
    """
    classes = tuple(sorted(p.name for p in folder.iterdir() if p.is_dir() and not p.name.startswith(".")))
    paths = [(path, number) for number, name in enumerate(classes) for path in images_in(folder / name)]
    if not paths:
        raise DataError(f"{folder} has no class folders with images ({', '.join(SUFFIXES)}); make one a class")
    images: list[Array] = []
    for path, _ in paths:
        image = read_image(path, images[0].shape[-1] if images else None)
        if images and image.shape != images[0].shape:
            raise DataError(
                f"{path} is {image.shape[1]}×{image.shape[0]} pixels and {paths[0][0].name} "
                f"{images[0].shape[1]}×{images[0].shape[0]}; make all images the same size"
            )
        images.append(image)
    labels = np.array([number for _, number in paths], np.int64)
    return Dataset(folder.name, {"image": np.stack(images), "label": labels}, {"label": classes})


def images_in(folder: Path) -> list[Path]:
    """The images in a folder, by name."""
    return sorted(p for p in folder.iterdir() if p.suffix.lower() in SUFFIXES)
