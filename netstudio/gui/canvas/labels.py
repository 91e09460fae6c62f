"""The shapes that wires carry, written at their middles: one item for all, so that wires can be painted by Qt alone."""

from __future__ import annotations

from collections.abc import Collection
from functools import cache

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from netstudio.gui.canvas.geometry import LABEL_ZOOM, wire_middle
from netstudio.gui.canvas.look import font, metrics
from netstudio.gui.canvas.wire_item import HOT, WireItem
from netstudio.gui.theme import Theme

SIZE = 10  # pixels
MANY = 64  # wires; when more change at once, all is painted anew, which costs less than to tell each
_EVERYWHERE = QRectF(-1e6, -1e6, 2e6, 2e6)  # a bound that never changes: only exposed labels are painted


class LabelLayer(QGraphicsItem):
    """Writes the labels that it was told of, where they can be read. It lies over the wires and below the cards."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._rects: dict[WireItem, QRectF] = {}
        self._stale: dict[WireItem, None] = {}  # whose rectangles are found when they are painted
        self.setZValue(HOT + 0.1)
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemUsesExtendedStyleOption)  # for the exposed rectangle

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    def place(self, wires: Collection[WireItem]) -> None:
        """These wires, or what they carry, changed."""
        if len(wires) > MANY:
            self._stale.update(dict.fromkeys(wires))
            self.update()
            return
        for wire in wires:
            self._stale.pop(wire, None)
            old, new = self._rects.get(wire), _rect(wire)
            if new != old:
                self._rects[wire] = new
                self.update(new if old is None else new | old)

    def forget(self, wire: WireItem) -> None:
        """This wire goes."""
        self._stale.pop(wire, None)
        self.update(self._rects.pop(wire, QRectF()))

    def boundingRect(self) -> QRectF:
        return _EVERYWHERE

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        if painter.worldTransform().m11() < LABEL_ZOOM:
            return
        self._rects.update({wire: _rect(wire) for wire in self._stale})
        self._stale.clear()
        exposed: QRectF = option.exposedRect
        painter.setFont(font(SIZE))
        calm, wrong = QPen(self._theme.muted), QPen(self._theme.error)
        for wire, rect in self._rects.items():
            if exposed.intersects(rect) and wire.isVisible():
                painter.fillRect(rect, self._theme.canvas)
                painter.setPen(wrong if wire.broken else calm)
                painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, _shown(wire))


def _rect(wire: WireItem) -> QRectF:
    """Around the middle of the wire; empty where there is nothing to say."""
    width, height = _size(_shown(wire))
    middle = wire_middle(wire.start, wire.end)
    return QRectF(middle.x() - width / 2, middle.y() - height / 2, width, height)


def _shown(wire: WireItem) -> str:
    """The label, or only its first word, the shape, where cards would cover more; nothing where they cover that too."""
    room = wire.end.x() - wire.start.x()
    texts = (wire.label, wire.label.partition(" ")[0])
    return next((text for text in texts if room <= 0 or _size(text)[0] <= room), "")


@cache
def _size(label: str) -> tuple[float, float]:
    return (metrics(SIZE).horizontalAdvance(label) + 2, metrics(SIZE).height()) if label else (0.0, 0.0)
