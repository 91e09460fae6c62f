"""A node on the canvas: one item that paints its card, ports and text."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QGraphicsItem, QGraphicsRectItem, QStyleOptionGraphicsItem, QWidget

from netstudio.gui.canvas.card import Card
from netstudio.gui.canvas.face import Face
from netstudio.gui.canvas.geometry import FAR, NEAR, card_rect, port_offset
from netstudio.gui.theme import Theme

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
        self.setPen(Qt.PenStyle.NoPen)
        self.setCacheMode(QGraphicsItem.CacheMode.DeviceCoordinateCache)
        self._lay_out()

    def set_face(self, face: Face) -> None:
        if face != self.face:
            self.face = face
            self._lay_out()

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self._lay_out()

    def set_chosen(self, chosen: bool) -> None:
        if chosen != self.chosen:
            self.chosen = chosen
            self.setZValue(1 if chosen else 0)
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

    def port_position(self, name: str, output: bool) -> QPointF:
        """Where a port stands in the scene; the middle of the side where there is no such port."""
        offset = self._ports.get((name, output))
        return self.pos() + (port_offset(0, 1, self._rect, output) if offset is None else offset)

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        zoom = painter.worldTransform().m11()
        if zoom < FAR:
            self._card.paint_far(painter, self.chosen)
        elif zoom < NEAR:
            self._card.paint_middling(painter, self.chosen, self.hot_port, self.progress)
        else:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            self._card.paint(painter, self.chosen, self.hot_port, self.progress)

    def _lay_out(self) -> None:
        self._rect = card_rect(len(self.face.inputs), len(self.face.outputs))
        self.setRect(self._rect.adjusted(-_RIM, -_RIM, _RIM, _RIM))
        self._ports = {
            (port.name, output): port_offset(i, len(ports), self._rect, output)
            for output, ports in ((False, self.face.inputs), (True, self.face.outputs))
            for i, port in enumerate(ports)
        }
        self._card = Card(self.face, self._rect, self._theme)
        self.setZValue(1 if self.chosen else 0)
        self.update()
