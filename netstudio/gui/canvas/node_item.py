"""A node on the canvas: one item that paints its card, ports and text."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QGraphicsItem, QGraphicsRectItem, QStyleOptionGraphicsItem, QWidget

from netstudio.graph import Port
from netstudio.gui.canvas.card import Card
from netstudio.gui.canvas.face import Face
from netstudio.gui.canvas.geometry import FAR, GRIP, NEAR, STRIP, card_rect, port_offset
from netstudio.gui.canvas.sheet import Sheet
from netstudio.gui.theme import Theme

_DIMMED = 0.45  # the opacity of a bypassed node
FRAMES = -3.0  # z: below the wires
_RIM = 10.0  # how far ports, badge and selection stand out of the card


class NodeItem(QGraphicsRectItem):
    """One node. It holds the node's id and its face; everything else is looked up by id.

    Qt keeps the painted card as pixels until it changes or the zoom does, and knows the bounds from the base class, so
    that a frame runs no Python for it.
    """

    def __init__(self, id: str, face: Face, theme: Theme) -> None:
        super().__init__()
        self.id = id
        self.face = face
        self.chosen = False
        self.progress: float | None = None
        self.hot_port: tuple[str, bool] | None = None  # (name, whether it is an output) under the mouse
        self._theme = theme
        self._card: Card | Sheet | None = None  # made when it is painted
        self.setPen(Qt.PenStyle.NoPen)
        if face.sheet is None:  # a large frame would be a large picture, and is drawn at once
            self.setCacheMode(QGraphicsItem.CacheMode.DeviceCoordinateCache)
        self._stack()
        self._lay_out()

    def set_face(self, face: Face) -> None:
        if face == self.face:
            return
        before, self.face = self.face, face
        if (before.inputs, before.outputs, before.sheet) != (face.inputs, face.outputs, face.sheet):
            self._lay_out()
        self._repaint()

    def resize(self, size: tuple[float, float]) -> None:
        """Show a note or a frame in another size, without a change to the document."""
        assert self.face.sheet is not None
        self.set_face(replace(self.face, sheet=replace(self.face.sheet, size=size)))

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self._repaint()

    def set_chosen(self, chosen: bool) -> None:
        if chosen != self.chosen:
            self.chosen = chosen
            self._stack()
            self.update()

    def set_hot_port(self, port: tuple[str, bool] | None) -> None:
        if port != self.hot_port:
            self.hot_port = port
            self.update()

    def set_progress(self, fraction: float | None) -> None:
        """How much of the run is done, 0 to 1, shown as a thin bar; None for no bar."""
        if fraction != self.progress:
            self.progress = fraction
            self.update()

    @property
    def card(self) -> QRectF:
        """The card, from its own top left corner; ports and badge stand out of it."""
        return self._rect

    @property
    def scene_rect(self) -> QRectF:
        return self._rect.translated(self.pos())

    @property
    def is_frame(self) -> bool:
        """Whether it lies behind all else, and what is in it is none of its own."""
        return self.face.sheet is not None and self.face.sheet.text is None

    def takes(self, at: QPointF) -> bool:
        """Whether the mouse at a point of the scene is on it; through a frame one reaches what is behind."""
        if not self.is_frame:
            return self.scene_rect.contains(at)
        strip = QRectF(self.scene_rect)
        strip.setHeight(STRIP)
        return strip.contains(at) or self.grips(at)

    def grips(self, at: QPointF) -> bool:
        """Whether a point of the scene is in the corner by which it is made larger."""
        rect = self.scene_rect
        corner = QRectF(rect.right() - GRIP, rect.bottom() - GRIP, GRIP, GRIP)
        return self.face.sheet is not None and corner.contains(at)

    def port_position(self, name: str, output: bool) -> QPointF:
        """Where a port stands in the scene; the middle of the side where there is no such port."""
        offset = self._ports.get((name, output))
        return self.pos() + (port_offset(0, 1, self._rect, output) if offset is None else offset)

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        zoom = painter.worldTransform().m11()
        card = self._card = self._card or self._drawing()
        if isinstance(card, Sheet):
            card.paint(painter, self.chosen)
            return
        painter.setOpacity(_DIMMED if self.face.bypassed else 1.0)
        if zoom < FAR:
            card.paint_far(painter, self.chosen)
        elif zoom < NEAR:
            card.paint_middling(painter, self.chosen, self.hot_port, self.progress)
        else:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            card.paint(painter, self.chosen, self.hot_port, self.progress)

    def _drawing(self) -> Card | Sheet:
        return (Card if self.face.sheet is None else Sheet)(self.face, self._rect, self._theme)

    def _stack(self) -> None:
        """A chosen one lies over its like; frames lie below the wires."""
        self.setZValue((FRAMES if self.is_frame else 0) + self.chosen * 0.5)

    def _lay_out(self) -> None:
        self._rect, self._ports = _layout_of(self.face.inputs, self.face.outputs)
        if self.face.sheet is not None:
            self._rect = QRectF(0, 0, *self.face.sheet.size)
        self.setRect(self._rect.adjusted(-_RIM, -_RIM, _RIM, _RIM))

    def _repaint(self) -> None:
        self._card = None
        self.update()


@cache
def _layout_of(inputs: tuple[Port, ...], outputs: tuple[Port, ...]) -> tuple[QRectF, dict[tuple[str, bool], QPointF]]:
    """The card for such ports, and where on it each (name, whether it is an output) stands."""
    rect = card_rect(len(inputs), len(outputs))
    return rect, {
        (port.name, output): port_offset(i, len(ports), rect, output)
        for output, ports in ((False, inputs), (True, outputs))
        for i, port in enumerate(ports)
    }
