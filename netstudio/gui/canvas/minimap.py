"""The minimap: the whole graph in a corner, and what of it is seen."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPixmap, QTransform
from PySide6.QtWidgets import QWidget

from netstudio.gui.canvas.face import Face
from netstudio.gui.canvas.look import pen
from netstudio.gui.canvas.pan_zoom import PanZoomView
from netstudio.gui.theme import Theme

LARGEST = QSize(168, 112)
SMALLEST = QSize(96, 64)
_SHARE = 0.16  # of the canvas's width
_MARGIN = 6


class Minimap(QWidget):
    """Click or drag in it to go there; it makes room while the whole graph is in view.

    The graph's picture is made when the graph changes, not each frame.
    """

    def __init__(self, view: PanZoomView, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("canvas.minimap")
        self.setFixedSize(LARGEST)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setToolTip(self.tr("Minimap: drag to go there"))
        self.view = view
        self._picture: QPixmap | None = None
        self._to_map = QTransform()
        self._wanted = True
        view.moved.connect(self._adapt)

    def fit_into(self, room: QSize) -> None:
        """Take a size that leaves most of `room` to the canvas."""
        width = min(max(round(room.width() * _SHARE), SMALLEST.width()), LARGEST.width())
        self.setFixedSize(width, width * LARGEST.height() // LARGEST.width())
        self.refresh()

    def want(self, wanted: bool) -> None:
        """Whether it is to be shown at all."""
        self._wanted = wanted
        self._adapt()

    def refresh(self) -> None:
        """The graph or its theme changed."""
        self._picture = None
        self._adapt()

    def _adapt(self) -> None:
        self.setVisible(self._wanted and not self.view.seen().contains(self.view.graph_scene.bounds()))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._picture is None:
            self._picture = self._drawn()
        theme = self.view.graph_scene.theme
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._picture)
        seen = self._to_map.mapRect(self.view.seen()).intersected(QRectF(self.rect()).adjusted(0.5, 0.5, -1.5, -1.5))
        veil = QColor(theme.accent)
        veil.setAlpha(30)
        painter.setBrush(veil)
        painter.setPen(pen(theme.accent))
        painter.drawRect(seen)
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._go(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._go(event.position())

    def _go(self, at: QPointF) -> None:
        self.view.look_at(self._to_map.inverted()[0].map(at))

    def _drawn(self) -> QPixmap:
        scene = self.view.graph_scene
        self._to_map = self._fitted(scene.bounds())
        ratio = self.devicePixelRatioF()
        picture = QPixmap(self.size() * ratio)
        picture.setDevicePixelRatio(ratio)
        ground = QColor(scene.theme.panel)
        ground.setAlpha(225)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        painter.fillRect(self.rect(), ground)
        painter.setPen(pen(scene.theme.border))
        painter.drawRect(QRectF(self.rect()).adjusted(0, 0, -1, -1))
        for frame in (n for n in scene.nodes.values() if n.is_frame):
            painter.fillRect(_at_least(self._to_map.mapRect(frame.scene_rect), 2), _faint(scene.theme, frame.face))
        painter.setPen(pen(scene.theme.muted))
        for wire in scene.wires.values():
            painter.drawLine(self._to_map.map(wire.start), self._to_map.map(wire.end))
        for node in (n for n in scene.nodes.values() if not n.is_frame):
            category = node.face.category
            fill = scene.theme.category(category) if category else scene.theme.muted
            painter.fillRect(_at_least(self._to_map.mapRect(node.scene_rect), 2), fill)
        painter.end()
        return picture

    def _fitted(self, area: QRectF) -> QTransform:
        if area.isEmpty():
            area = QRectF(-200, -150, 400, 300)
        across, down = self.width() - 2 * _MARGIN, self.height() - 2 * _MARGIN
        scale = min(across / area.width(), down / area.height(), 0.15)
        middle = area.center()
        return QTransform(
            scale, 0, 0, scale, self.width() / 2 - middle.x() * scale, self.height() / 2 - middle.y() * scale
        )


def _faint(theme: Theme, face: Face) -> QColor:
    """The ground of a frame."""
    hue = theme.paper(face.sheet.colour if face.sheet is not None else "")
    hue.setAlpha(50)
    return hue


def _at_least(rect: QRectF, size: float) -> QRectF:
    rect.setWidth(max(rect.width(), size))
    rect.setHeight(max(rect.height(), size))
    return rect
