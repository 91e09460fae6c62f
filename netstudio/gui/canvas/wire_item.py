"""A wire on the canvas: one item, its curve and the shape it carries."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from netstudio.graph import Wire
from netstudio.gui.canvas.geometry import FAR, LABEL_ZOOM, wire_distance, wire_middle, wire_path
from netstudio.gui.canvas.look import font, metrics, pen
from netstudio.gui.theme import Theme, mixed

_LABEL = 10


class WireItem(QGraphicsItem):
    """One wire. `broken` is set where the input it feeds has an error, `hot` while it is hovered or chosen."""

    def __init__(self, wire: Wire, theme: Theme) -> None:
        super().__init__()
        self.wire = wire
        self.label = ""
        self.broken = False
        self.hovered = False
        self.chosen = False
        self.start, self.end = QPointF(), QPointF()
        self._path = QPainterPath()
        self._bounds = QRectF()
        self._label_rect = QRectF()
        self.setZValue(-1)
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self._recolour()

    def set_facts(self, label: str, broken: bool) -> None:
        """What is known of the wire: the shape it carries, in words, and whether it is wrong where it ends."""
        if (label, broken) != (self.label, self.broken):
            self.label, self.broken = label, broken
            self._place_label()
            self._recolour()

    def set_hot(self, hovered: bool | None = None, chosen: bool | None = None) -> None:
        state = (self.hovered if hovered is None else hovered, self.chosen if chosen is None else chosen)
        if state != (self.hovered, self.chosen):
            self.hovered, self.chosen = state
            self.setZValue(-0.5 if self.hovered or self.chosen else -1)
            self._recolour()

    def run(self, start: QPointF, end: QPointF) -> None:
        """Lay the wire from `start` to `end`."""
        if start == self.start and end == self.end and not self._path.isEmpty():
            return
        self.start, self.end = start, end
        self._path = wire_path(start, end)
        self._place_label()

    def distance(self, at: QPointF) -> float:
        """How far a point of the scene is from the curve; infinite where it is not near at all."""
        return wire_distance(self.start, self.end, at)

    def boundingRect(self) -> QRectF:
        return self._bounds

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        painter.setPen(self._pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPath(self._path)
        zoom = painter.worldTransform().m11()
        if zoom < FAR:
            return
        if self.label and zoom >= LABEL_ZOOM:
            self._paint_label(painter)

    def _paint_label(self, painter: QPainter) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.canvas)
        painter.drawRect(self._label_rect)
        painter.setPen(self._label_pen)
        painter.setFont(font(_LABEL))
        painter.drawText(self._label_rect, Qt.AlignmentFlag.AlignCenter, self.label)

    def _place_label(self) -> None:
        self.prepareGeometryChange()
        size = metrics(_LABEL).size(0, self.label) if self.label else QRectF().size()
        self._label_rect = QRectF(QPointF(), size)
        self._label_rect.moveCenter(wire_middle(self.start, self.end))
        self._bounds = self._path.controlPointRect().united(self._label_rect).adjusted(-2, -2, 2, 2)

    def _recolour(self) -> None:
        theme = self._theme
        calm = theme.error if self.broken else mixed(theme.muted, theme.canvas, 0.25)
        self._pen: QPen = pen(theme.accent if self.hovered or self.chosen else calm)
        self._label_pen = QPen(theme.error if self.broken else theme.muted)
        self.update()
