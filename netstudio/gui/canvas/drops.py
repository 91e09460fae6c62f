"""Nodes dragged in from the palette: of a type, or a block that the user keeps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData, QPointF, QRectF

from netstudio.annotations import annotation_of
from netstudio.errors import DocumentError
from netstudio.graph import Node
from netstudio.graph.document import Position
from netstudio.graph.edits import AddNode, Edit
from netstudio.graph.nested import COMPOSITE
from netstudio.gui.canvas import placing
from netstudio.gui.canvas.geometry import card_rect
from netstudio.gui.canvas.scene import WireKey

if TYPE_CHECKING:
    from netstudio.gui.canvas.view import CanvasView

NODE_MIME = "application/x-netstudio-node"  # the data is the type's name in UTF-8
BLOCK_MIME = "application/x-netstudio-block"  # the data is a graph document with one block in it
_REACH = 14.0  # pixels around a wire in which a drop inserts


class PaletteDrop:
    """Shows where a dragged node would land, and adds it there; over a wire it is inserted."""

    def __init__(self, view: CanvasView) -> None:
        self.view = view
        self._read: tuple[bytes, Node | None] = (b"", None)  # the last block dragged, as it came and as it was read

    def held(self, mime: QMimeData) -> Node | None:
        """The node that is dragged; None where the drag holds none of this catalogue."""
        catalogue = self.view.session.catalogue
        if mime.hasFormat(BLOCK_MIME):
            return self._block(bytes(mime.data(BLOCK_MIME).data()))
        name = bytes(mime.data(NODE_MIME).data()).decode("utf-8", "replace")
        if not mime.hasFormat(NODE_MIME) or name not in catalogue:
            return None
        return Node("", name, catalogue[name].initial_params())

    def hover(self, node: Node, at: QPointF) -> None:
        self.view.show_ghosts([self._card(node).translated(*self._corner(node, at))])
        self.view.show_hot_wire(self._wire(node, at))

    def leave(self) -> None:
        self.view.show_ghosts([])
        self.view.show_hot_wire(None)

    def drop(self, node: Node, at: QPointF) -> None:
        self.leave()
        graph = self.view.session.here.graph
        wire, corner = self._wire(node, at), self._corner(node, at)
        edit: Edit = AddNode(node.type, pos=corner)
        if node.type == COMPOSITE:
            edit = placing.add_block(graph, node, corner, wire[0] if wire is not None else None)
        elif wire is not None:
            edit = placing.insert(graph, wire[0], node.type, corner)
        self.view.apply_and_select(edit)

    def _block(self, text: bytes) -> Node | None:
        from netstudio.files.documents import parse_graph  # late: it takes a while to load

        if text != self._read[0]:
            try:
                graph = parse_graph(text, "the block", self.view.session.catalogue)
            except DocumentError:
                self._read = (text, None)
            else:
                blocks = (node for node in graph.nodes.values() if node.type == COMPOSITE)
                self._read = (text, next(blocks, None))
        return self._read[1]

    def _wire(self, node: Node, at: QPointF) -> WireKey | None:
        if not all(self.view.session.catalogue.ports(node)):
            return None
        return self.view.graph_scene.wire_at(at, self.view.units(_REACH))

    def _corner(self, node: Node, at: QPointF) -> Position:
        middle = self._card(node).center()
        return float(round(at.x() - middle.x())), float(round(at.y() - middle.y()))

    def _card(self, node: Node) -> QRectF:
        """The card of a new node, from its own top left corner."""
        annotation = annotation_of(node)
        if annotation is not None:
            return QRectF(0, 0, *annotation.params["size"])
        return card_rect(*map(len, self.view.session.catalogue.ports(node)))
