"""How wide text is. Another program may draw it in another font: widths are those of a wide one, and a little more."""

from __future__ import annotations

import functools

from PIL import ImageFont

SAFETY = 1.04
Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


@functools.cache
def font(size: float, bold: bool = False) -> Font:
    """DejaVu Sans where the system has it, else the font that comes with Pillow."""
    try:
        return ImageFont.truetype("DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf", size)
    except OSError:
        return ImageFont.load_default(size)


def width_of(text: str, size: float, bold: bool = False) -> float:
    """The width in pixels of one line."""
    return font(size, bold).getlength(text) * SAFETY


def elided(text: str, size: float, room: float, bold: bool = False) -> str:
    """As much of the first line as fits into `room` pixels, with an ellipsis for what does not."""
    line = text.split("\n", 1)[0][:200]
    if width_of(line, size, bold) <= room:
        return line
    while line and width_of(line + "…", size, bold) > room:
        line = line[:-1]
    return line.rstrip() + "…"
