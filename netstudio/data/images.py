"""Reading images: each as float32 (height, width, channels) in 0..1, made to have one size where that is asked."""

from __future__ import annotations

import struct
import warnings
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from netstudio.data.dataset import Array
from netstudio.data.decoded import BUDGET, decode, decoded_size, each
from netstudio.data.settings.image import CROP, PAD, STRETCH, ImageSettings
from netstudio.errors import DataError, ImageSizeError

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

MODES = {1: "L", 3: "RGB", 4: "RGBA"}
GREY = ("1", "L", "LA", "La", "I;16", "I;16L", "I;16B", "I;16N")
UNKNOWN_RANGE = ("I", "F")  # 32 bits a pixel
ORIENTATION = 0x0112  # EXIF's tag of how the camera was held
SIDEWAYS = (5, 6, 7, 8)  # its values that exchange height and width
MOST_PIXELS = 16_000_000
MOST_SIDE = 128  # pixels that are suggested
DAMAGE = (OSError, ValueError, SyntaxError, EOFError, TypeError, KeyError, IndexError, struct.error, zlib.error)
Size = tuple[int, int]


@dataclass(frozen=True)
class Facts:
    """What the head of an image's file says; height and width are those of the upright image."""

    path: Path
    height: int
    width: int
    channels: int


def read_images(paths: Sequence[Path], settings: ImageSettings) -> Array:
    """(images, height, width, channels): all of one size and as many channels, as `ImageSettings` has it.

    They are grey where all are, else in colour. DataError where one can't be read; ImageSizeError where they need a
    size and none is asked for.
    """
    found = list(each(look, paths))
    size = (settings.size[0], settings.size[1]) if settings.size else _common_size(found, settings)
    channels = settings.channels or max(f.channels for f in found)
    read = partial(read_image, channels=channels, size=size, fit=settings.fit)
    hint = 'set a smaller "size" in "image" of the data, or take fewer images'
    return decode(paths, (*size, channels), read, ("image", size, channels, settings.fit), hint)


def _common_size(found: Sequence[Facts], settings: ImageSettings) -> Size:
    """The size of all; ImageSizeError where there is none, or they are too many of it."""
    first = found[0]
    other = next((f for f in found if (f.height, f.width) != (first.height, first.width)), None)
    say = f'say in "image" of the data a size for all: {{"size": {list(_fitting(found))}}}'
    if other is not None:
        raise ImageSizeError(
            f"{other.path} is {other.width}×{other.height} pixels and {first.path.name} {first.width}×{first.height}; "
            f"make all images the same size, or {say}",
            _fitting(found),
        )
    size = decoded_size(len(found), (first.height, first.width, settings.channels or max(f.channels for f in found)))
    if size > BUDGET:
        raise ImageSizeError(
            f"{first.path.parent.parent}: {len(found):,} images of {first.width}×{first.height} pixels take "
            f"{size / 2**30:.0f} GB decoded, and {BUDGET >> 30} GB is the most; {say}",
            _fitting(found),
        )
    return first.height, first.width


def _fitting(found: Sequence[Facts]) -> Size:
    """The median size, made smaller where a network would take long with it."""
    height, width = (float(np.median([getattr(f, side) for f in found])) for side in ("height", "width"))
    share = min(1.0, MOST_SIDE / max(height, width))
    return max(1, round(height * share)), max(1, round(width * share))


def look(path: Path) -> Facts:
    """What the file's head says; DataError where it is no image, or one of too many pixels."""
    with _Opened(path) as image:
        height, width = (image.width, image.height) if _held(image) in SIDEWAYS else (image.height, image.width)
        return Facts(path, height, width, 1 if image.mode in GREY else 3)


def read_image(path: Path, channels: int | None = None, size: Size | None = None, fit: str = STRETCH) -> Array:
    """The image, upright; its own channels (grey or colour) and its own (height, width), where none are asked.

    DataError where it can't be read or has more than MOST_PIXELS.
    """
    with _Opened(path) as image:
        wanted = channels or (1 if image.mode in GREY else 3)
        if wanted not in MODES:
            raise DataError(f"{path}: an image can be made of 1, 3 or 4 channels, not {wanted}")
        image = _upright(image)
        deep = image.mode.startswith("I;16")
        made = _fitted(_deep(image) if deep else image.convert(MODES[wanted]), size, fit)
        pixels = np.asarray(made, np.float32)
    pixels = pixels.reshape(*pixels.shape[:2], -1)
    return _of_grey(pixels, wanted) if deep else pixels / np.float32(255)


def _held(image: Picture) -> int:
    """How the camera was held by the EXIF data before the pixels: 1 is upright, as where they are none or damaged.

    TIFF files, whose tags these are, are turned by Pillow as it opens them.
    """
    if "exif" not in image.info or image.format == "TIFF":
        return 1
    try:
        return int(image.getexif().get(ORIENTATION, 1))
    except DAMAGE:
        return 1


def _upright(image: Picture) -> Picture:
    from PIL import ImageOps

    return image if _held(image) == 1 else ImageOps.exif_transpose(image)


def _fitted(image: Picture, size: Size | None, fit: str) -> Picture:
    """Scaled by area-weighted (antialiased) linear interpolation."""
    from PIL import Image, ImageOps

    if size is None or (image.height, image.width) == size:
        return image
    wanted, method = (size[1], size[0]), Image.Resampling.BILINEAR
    if fit == CROP:
        return ImageOps.fit(image, wanted, method)
    if fit == PAD:
        return ImageOps.pad(image, wanted, method)
    return image.resize(wanted, method)


def _deep(image: Picture) -> Picture:
    """16 bits a pixel as floats in 0..1."""
    from PIL import Image

    return Image.fromarray(np.asarray(image).astype(np.float32) / np.float32(65535))


def _of_grey(pixels: Array, channels: int) -> Array:
    """Grey in each colour; what is asked for beyond, transparency, is 1: none."""
    colours = np.repeat(pixels, min(channels, 3), axis=2)
    return np.concatenate([colours, np.ones_like(pixels)], axis=2) if channels == 4 else colours


class _Opened:
    """An image file that is read no further than its head; whatever goes wrong within the block is a DataError."""

    def __init__(self, path: Path) -> None:
        from PIL import Image

        # Pillow warns of large images, at limits higher than ours, and of odd remarks in files, to whoever looks on.
        warnings.filterwarnings("ignore", module=r"PIL\.")
        self._path = path
        self._damage = (*DAMAGE, Image.DecompressionBombError)

    def __enter__(self) -> Picture:
        from PIL import Image

        try:
            self._image = Image.open(self._path)
        except Image.DecompressionBombError:
            raise DataError(f"{self._path} {_too_large('far more')}") from None
        except self._damage as error:
            raise self._unreadable(error) from None
        pixels = self._image.width * self._image.height
        wrong = _too_large(f"{pixels / 1e6:,.0f}") if pixels > MOST_PIXELS else None
        if self._image.mode in UNKNOWN_RANGE:
            wrong = "has 32 bits a pixel, of no known range; save it with 8 or 16 bits"
        if wrong:
            self._image.close()
            raise DataError(f"{self._path} {wrong}")
        return self._image

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        self._image.close()
        if isinstance(error, self._damage):
            raise self._unreadable(error) from None

    def _unreadable(self, error: BaseException) -> DataError:
        return DataError(f"{self._path} is no image that can be read: {str(error) or type(error).__name__}")


def _too_large(millions: str) -> str:
    return f"has {millions} million pixels, and {MOST_PIXELS // 1_000_000} million is the most; make it smaller"
