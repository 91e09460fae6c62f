"""Reading one image."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from netstudio.data.dataset import Array
from netstudio.errors import DataError

SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".tif", ".tiff", ".webp")
MODES = {1: "L", 3: "RGB", 4: "RGBA"}


def read_image(path: Path, channels: int | None = None) -> Array:
    """The image as float32 (height, width, channels) in 0..1; its own channels, grey or colour, where None are asked.

    DataError where it can't be read.
    """
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(path) as image:
            own = 1 if image.mode in ("1", "L", "LA", "I", "I;16", "F") else 3
            mode = MODES.get(channels or own)
            if mode is None:
                raise DataError(f"{path}: an image can be made of 1, 3 or 4 channels, not {channels}")
            if image.mode == "I;16":
                return (np.asarray(image, np.float32) / 65535)[:, :, None]
            pixels = np.asarray(image.convert(mode), np.float32) / 255
    except (OSError, ValueError, SyntaxError, UnidentifiedImageError, Image.DecompressionBombError) as error:
        raise DataError(f"{path} is no image that can be read: {error}") from None
    return pixels.reshape(*pixels.shape[:2], -1)
