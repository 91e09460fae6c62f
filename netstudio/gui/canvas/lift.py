"""Many nodes on the move, seen from afar: a picture of them is moved in their place, one item instead of a thousand."""

from __future__ import annotations

from collections.abc import Collection

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPixmap
from PySide6.QtWidgets import QGraphicsItem, QGraphicsPixmapItem, QGraphicsScene, QStyleOptionGraphicsItem

from netstudio.gui.canvas.node_item import NodeItem
from netstudio.gui.canvas.wire_item import WireItem

MANY = 64  # nodes; fewer are moved as they are
LARGEST = 16e6  # pixels of a picture
_ABOVE = 0.9  # z: over what stays


class Lift:
    """Hides nodes and the wires between them and shows their picture at one zoom, until `end`.

    `area` is around them, `ratio` that of device pixels to logical ones.
    """

    def __init__(
        self,
        scene: QGraphicsScene,
        nodes: Collection[NodeItem],
        wires: Collection[WireItem],
        area: QRectF,
        zoom: float,
        ratio: float,
    ) -> None:
        self.ids = frozenset(node.id for node in nodes)
        self.shift = QPointF()
        self._scene, self._start, self._hidden = scene, area.topLeft(), (*nodes, *wires)
        self._item = QGraphicsPixmapItem(_picture(nodes, wires, area, zoom, ratio))
        self._item.setFlag(QGraphicsItem.GraphicsItemFlag.ItemIgnoresTransformations)  # pixels are copied, not scaled
        self._item.setPos(self._start)
        self._item.setZValue(_ABOVE)
        for hidden in self._hidden:
            hidden.setVisible(False)
        scene.addItem(self._item)

    def move(self, shift: QPointF) -> None:
        """Show them that far from where they were."""
        self.shift = shift
        self._item.setPos(self._start + shift)

    def end(self) -> None:
        """Show them themselves again, where they stand."""
        self._scene.removeItem(self._item)
        for hidden in self._hidden:
            hidden.setVisible(True)


def _picture(
    nodes: Collection[NodeItem], wires: Collection[WireItem], area: QRectF, zoom: float, ratio: float
) -> QPixmap:
    picture = QPixmap((area.size() * zoom * ratio).toSize())
    picture.setDevicePixelRatio(ratio)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.scale(zoom, zoom)
    painter.translate(-area.topLeft())
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for node in (n for n in nodes if n.is_frame):
        _paint(painter, node)
    for wire in wires:
        painter.setPen(wire.pen())
        painter.drawPath(wire.path().translated(wire.pos()))
    for node in (n for n in nodes if not n.is_frame):
        _paint(painter, node)
    painter.end()
    return picture


def _paint(painter: QPainter, node: NodeItem) -> None:
    painter.save()
    painter.translate(node.pos())
    node.paint(painter, QStyleOptionGraphicsItem())
    painter.restore()
