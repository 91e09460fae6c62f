"""The dotted grid behind the graph."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, QSizeF
from PySide6.QtGui import QPainter, QPixmap

from netstudio.gui.canvas.geometry import GRID
from netstudio.gui.theme import Theme

_CLOSEST = 16.0  # pixels between dots; the grid thins out where they would come closer
_DOT = 2.0  # pixels


class DotGrid:
    """A picture of the dots of one zoom, made once and moved about: a frame copies pixels."""

    def __init__(self) -> None:
        self._picture = QPixmap()
        self._made_for: tuple[float, QSize, float, Theme] | None = None

    def paint(self, painter: QPainter, origin: QPointF, zoom: float, size: QSize, theme: Theme) -> None:
        """Fill a viewport of `size` with canvas and dots; `origin` is where the scene's (0, 0) is in it."""
        step = GRID * zoom
        while step < _CLOSEST:
            step *= 2
        made_for = (step, size, painter.device().devicePixelRatio(), theme)
        if self._made_for != made_for:
            self._picture = _picture(*made_for)
            self._made_for = made_for
        painter.save()
        painter.resetTransform()
        painter.drawPixmap(QPointF(round(origin.x() % step - step), round(origin.y() % step - step)), self._picture)
        painter.restore()


def _picture(step: float, size: QSize, ratio: float, theme: Theme) -> QPixmap:
    """Dots `step` apart on a ground that covers `size` wherever within a step it is moved to."""
    whole = QSizeF(size.width() + 2 * step, size.height() + 2 * step)
    picture = QPixmap((whole * ratio).toSize())
    picture.setDevicePixelRatio(ratio)
    picture.fill(theme.canvas)
    painter = QPainter(picture)
    row = _row(step, whole.width(), ratio, theme)
    for y in range(int(whole.height() / step) + 1):
        painter.drawPixmap(QPointF(0, round(y * step)), row)
    painter.end()
    return picture


def _row(step: float, width: float, ratio: float, theme: Theme) -> QPixmap:
    """One line of dots."""
    picture = QPixmap((QSizeF(width, _DOT) * ratio).toSize())
    picture.setDevicePixelRatio(ratio)
    picture.fill(theme.canvas)
    painter = QPainter(picture)
    for x in range(int(width / step) + 1):
        painter.fillRect(QRectF(round(x * step), 0, _DOT, _DOT), theme.grid)
    painter.end()
    return picture
