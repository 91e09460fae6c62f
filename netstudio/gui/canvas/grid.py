"""The dotted grid behind the graph."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QSize
from PySide6.QtGui import QPainter, QPen, QPolygonF

from netstudio.gui.canvas.geometry import GRID

_CLOSEST = 14.0  # pixels between dots; the grid thins out where they would come closer


class DotGrid:
    """Draws dots in the viewport's pixels. The dots of one zoom are made once and moved about."""

    def __init__(self) -> None:
        self._dots = QPolygonF()
        self._made_for: tuple[float, QSize] | None = None

    def paint(self, painter: QPainter, origin: QPointF, zoom: float, size: QSize, ink: QPen) -> None:
        """Fill a viewport of `size` with dots; `origin` is where the scene's (0, 0) is in it."""
        step = GRID * zoom
        while step < _CLOSEST:
            step *= 2
        if self._made_for != (step, size):
            self._dots = _dots(step, size)
            self._made_for = (step, size)
        painter.save()
        painter.resetTransform()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.translate(origin.x() % step, origin.y() % step)
        painter.setPen(ink)
        painter.drawPoints(self._dots)
        painter.restore()


def _dots(step: float, size: QSize) -> QPolygonF:
    """A lattice that covers `size` wherever in its first cell it is moved to."""
    columns, rows = int(size.width() / step) + 2, int(size.height() / step) + 2
    return QPolygonF([QPointF((x - 1) * step, (y - 1) * step) for y in range(rows + 1) for x in range(columns + 1)])
