"""Moving nodes and duplicating them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt

from netstudio.graph.document import Position
from netstudio.graph.edits import AddNodes, MoveNodes
from netstudio.graph.fragment import part
from netstudio.gui.canvas import placing
from netstudio.gui.canvas.align import snapped
from netstudio.gui.canvas.geometry import GRID
from netstudio.gui.canvas.gestures.base import NodeGesture, Pointer
from netstudio.gui.canvas.scene import WireKey

if TYPE_CHECKING:
    from netstudio.gui.canvas.view import CanvasView


class MoveSelection(NodeGesture):
    """Drag the selected nodes, frames with what lies in them, one undo step in all.

    A single node without wires, dropped on a wire, is inserted.
    """

    cursor = Qt.CursorShape.SizeAllCursor

    def __init__(self, view: CanvasView, node: str) -> None:
        super().__init__(view, node)
        self._wire: WireKey | None = None

    def start(self, at: Pointer) -> None:
        super().start(at)
        selection = self.session.selection
        self._was_selected = self.node in selection
        self.scene.choose_wires(())
        if at.shift:
            rest = tuple(id for id in selection if id != self.node)
            self.session.select(rest if self._was_selected else (*selection, self.node))
        elif not self._was_selected:
            self.session.select((self.node,))

    def begin(self) -> None:
        ids = self.session.selection if self.node in self.session.selection else (self.node,)
        ids = self.scene.with_framed(ids)
        self.scene.lift(ids, self.view.zoom, self.view.devicePixelRatioF())
        self._from: dict[str, Position] = {id: self.session.here.graph.nodes[id].pos for id in ids}

    def drag(self, at: Pointer) -> None:
        self.scene.place(self._moved(at))
        self._wire = self._wire_below()
        self.view.show_hot_wire(self._wire)

    def drop(self, at: Pointer) -> None:
        self.view.show_hot_wire(None)
        moved = self._moved(at)
        if self._wire is None:
            self.session.apply_here(MoveNodes(moved))
            self.scene.settle()  # dropped where it was, nothing has changed
            return
        graph = self.session.here.graph
        edit = placing.insert(graph, self._wire[0], graph.nodes[self.node].type, moved[self.node], self.node)
        if not self.session.apply_here(edit):
            self.scene.place(self._from)

    def click(self, at: Pointer) -> None:
        if not at.shift:
            self.session.select((self.node,))

    def cancel(self) -> None:
        self.view.show_hot_wire(None)
        self.scene.settle()
        if self.dragging:
            self.scene.place(self._from)

    def _moved(self, at: Pointer) -> dict[str, Position]:
        """The new positions, on whole units so that documents stay readable."""
        across, down = (at.scene - self.pressed.scene).toTuple()
        if self.view.snaps:
            x, y = self._from[self.node]
            grid = snapped((x + across, y + down), GRID)  # where the node under the mouse lands; the others follow
            across, down = grid[0] - x, grid[1] - y
        return {id: (float(round(x + across)), float(round(y + down))) for id, (x, y) in self._from.items()}

    def _wire_below(self) -> WireKey | None:
        graph = self.session.here.graph
        free = self.node not in graph.incoming and self.node not in graph.outgoing
        if len(self._from) != 1 or not free:
            return None
        if not all(self.session.catalogue.ports(graph.nodes[self.node])):
            return None
        middle = self.scene.nodes[self.node].scene_rect.center()
        return self.scene.wire_at(middle, self.view.units(16))


class DuplicateSelection(NodeGesture):
    """Ctrl and drag: copies of the selected nodes, with the wires between them, where the mouse lets go."""

    cursor = Qt.CursorShape.DragCopyCursor

    def begin(self) -> None:
        if self.node not in self.session.selection:
            self.session.select((self.node,))

    def drag(self, at: Pointer) -> None:
        self.view.show_ghosts(self._ghosts(at.scene - self.pressed.scene))

    def drop(self, at: Pointer) -> None:
        self.view.show_ghosts([])
        by = at.scene - self.pressed.scene
        copied = part(self.session.here.graph, self.session.selection)
        offset = (float(round(by.x())), float(round(by.y())))
        self.view.apply_and_select(AddNodes(tuple(copied.nodes.values()), copied.wires, offset, "duplicate"))

    def click(self, at: Pointer) -> None:
        selection = self.session.selection
        rest = tuple(id for id in selection if id != self.node)
        self.session.select(rest if self.node in selection else (*selection, self.node))

    def cancel(self) -> None:
        self.view.show_ghosts([])

    def _ghosts(self, by: QPointF) -> list[QRectF]:
        return [self.scene.nodes[id].scene_rect.translated(by) for id in self.session.selection]
