"""Icons from resources/icons: SVG drawn in `currentColor`, coloured when they are loaded."""

from __future__ import annotations

import functools

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from netstudio.resources import RESOURCES

SIZES = (16, 20, 32, 40)  # pixels: what 100, 150 and 200 % of the sizes in use need
FALLBACK = "dense"


@functools.cache
def _source(name: str) -> str:
    path = RESOURCES / "icons" / f"{name}.svg"
    return (path if path.is_file() else RESOURCES / "icons" / f"{FALLBACK}.svg").read_text(encoding="utf-8")


@functools.cache
def renderer(name: str, colour: str) -> QSvgRenderer:
    """Draws the icon `name` (the fallback where there is none of that name) in `colour`, "#rrggbb"."""
    return QSvgRenderer(QByteArray(_source(name).replace("currentColor", colour).encode()))


def pixmap(name: str, colour: str, size: int, opacity: float = 1.0) -> QPixmap:
    """The icon as a square picture of `size` pixels."""
    picture = QPixmap(size, size)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setOpacity(opacity)
    renderer(name, colour).render(painter, QRectF(0, 0, size, size))
    painter.end()
    return picture


def picture(name: str, colour: str, size: int, ratio: float) -> QPixmap:
    """The icon for a label: `size` logical pixels at a screen's `ratio` of device pixels to logical ones."""
    drawn = pixmap(name, colour, round(size * ratio))
    drawn.setDevicePixelRatio(ratio)
    return drawn


@functools.cache
def icon(name: str, colour: str) -> QIcon:
    """The icon in every size in use."""
    made = QIcon()
    for size in SIZES:
        made.addPixmap(pixmap(name, colour, size))
    return made


@functools.cache
def action_icon(name: str, colour: str) -> QIcon:
    """The icon of an action: clearly fainter where the action is disabled."""
    made = QIcon(icon(name, colour))
    for size in SIZES:
        made.addPixmap(pixmap(name, colour, size, 0.3), QIcon.Mode.Disabled)
    return made
