"""Node types dragged in from the palette."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData, QPointF, QRectF

from netstudio.annotations import Annotation
from netstudio.graph.document import Position
from netstudio.graph.edits import AddNode, Edit
from netstudio.gui.canvas import placing
from netstudio.gui.canvas.geometry import card_rect
from netstudio.gui.canvas.scene import WireKey

if TYPE_CHECKING:
    from netstudio.gui.canvas.view import CanvasView

NODE_MIME = "application/x-netstudio-node"  # the data is the type's name in UTF-8
_REACH = 14.0  # pixels around a wire in which a drop inserts


class PaletteDrop:
    """Shows where a dragged type would land, and adds it there; over a wire it is inserted."""

    def __init__(self, view: CanvasView) -> None:
        self.view = view

    def takes(self, mime: QMimeData) -> bool:
        return self.type_name(mime) is not None

    def type_name(self, mime: QMimeData) -> str | None:
        """The dragged type's name; None where the drag holds no type of this catalogue."""
        name = bytes(mime.data(NODE_MIME).data()).decode("utf-8", "replace")
        return name if mime.hasFormat(NODE_MIME) and name in self.view.session.catalogue else None

    def hover(self, type_name: str, at: QPointF) -> None:
        self.view.show_ghosts([self._card(type_name).translated(*self._corner(type_name, at))])
        self.view.show_hot_wire(self._wire(type_name, at))

    def leave(self) -> None:
        self.view.show_ghosts([])
        self.view.show_hot_wire(None)

    def drop(self, type_name: str, at: QPointF) -> None:
        self.leave()
        wire, corner = self._wire(type_name, at), self._corner(type_name, at)
        edit: Edit = AddNode(type_name, pos=corner)
        if wire is not None:
            edit = placing.insert(self.view.session.here.graph, wire[0], type_name, corner)
        self.view.apply_and_select(edit)

    def _wire(self, type_name: str, at: QPointF) -> WireKey | None:
        if not placing.can_insert(self.view.session.catalogue, type_name):
            return None
        return self.view.graph_scene.wire_at(at, self.view.units(_REACH))

    def _corner(self, type_name: str, at: QPointF) -> Position:
        middle = self._card(type_name).center()
        return float(round(at.x() - middle.x())), float(round(at.y() - middle.y()))

    def _card(self, type_name: str) -> QRectF:
        """The card of a new node, from its own top left corner."""
        declared = self.view.session.catalogue[type_name]
        if issubclass(declared, Annotation):
            return QRectF(0, 0, *declared.size.default)
        return card_rect(len(declared.inputs), len(declared.outputs))
