"""What gestures draw over the graph: the loose wire, the box, the ghosts of what will be dropped."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainterPath, QPen
from PySide6.QtWidgets import QGraphicsPathItem, QGraphicsRectItem, QGraphicsScene

from netstudio.gui.canvas.geometry import CORNER, wire_path
from netstudio.gui.canvas.look import pen
from netstudio.gui.theme import Theme

_LOOSE = 1.5  # pixels: the wire that is being laid stands out


class Overlay:
    """Three items that stay in the scene, hidden while there is nothing to show."""

    def __init__(self, scene: QGraphicsScene, theme: Theme) -> None:
        self._wire, self._ghosts, self._box = QGraphicsPathItem(), QGraphicsPathItem(), QGraphicsRectItem()
        for item in (self._wire, self._ghosts, self._box):
            item.setZValue(10)
            item.hide()
            scene.addItem(item)
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        self._tones = {"fine": theme.accent, "problem": theme.warning, "refused": theme.error}
        faint = QColor(theme.accent)
        faint.setAlpha(28)
        for item in (self._ghosts, self._box):
            item.setPen(pen(theme.accent))
            item.setBrush(faint)

    def show_wire(self, start: QPointF | None, end: QPointF | None, kind: str = "fine") -> None:
        """A wire from `start` to `end`, its colour by what would come of it; None hides it."""
        self._wire.setVisible(start is not None and end is not None)
        if start is not None and end is not None:
            line = QPen(self._tones[kind], _LOOSE)
            line.setCosmetic(True)
            line.setStyle(Qt.PenStyle.DashLine if kind == "refused" else Qt.PenStyle.SolidLine)
            self._wire.setPen(line)
            self._wire.setPath(wire_path(start, end))

    @property
    def shows_wire(self) -> bool:
        return self._wire.isVisible()

    def show_ghosts(self, rects: Iterable[QRectF]) -> None:
        """Outlines of cards."""
        path = QPainterPath()
        for rect in rects:
            path.addRoundedRect(rect, CORNER, CORNER)
        self._ghosts.setPath(path)
        self._ghosts.setVisible(not path.isEmpty())

    def show_box(self, box: QRectF | None) -> None:
        self._box.setVisible(box is not None)
        if box is not None:
            self._box.setRect(box)
