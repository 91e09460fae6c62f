"""The view of the graph: it turns the mouse, the wheel and drops into gestures and edits."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QFocusEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QWheelEvent,
)
from PySide6.QtWidgets import QToolTip, QWidget

from netstudio.graph import Wire
from netstudio.graph.edits import STEP, Disconnect, Edit, Several
from netstudio.graph.nested import COMPOSITE
from netstudio.gui.canvas import keys, placing
from netstudio.gui.canvas.drops import PaletteDrop
from netstudio.gui.canvas.edge_scroll import EdgeScroll
from netstudio.gui.canvas.face import PortRef
from netstudio.gui.canvas.geometry import WIDTH
from netstudio.gui.canvas.gestures import Gesture, Pointer, gesture_for
from netstudio.gui.canvas.gestures.choose import WIRE_REACH
from netstudio.gui.canvas.hover import Hover
from netstudio.gui.canvas.overlay import Overlay
from netstudio.gui.canvas.pan_zoom import PanZoomView
from netstudio.gui.canvas.scene import GraphScene, WireKey
from netstudio.gui.canvas.tips import as_html
from netstudio.gui.session import Session
from netstudio.gui.theme import Theme


@dataclass(frozen=True)
class NodeWanted:
    """A search for a node to add at `at`; it joins the `loose` wire's end or goes on `wire`, where given.

    `anything` offers what can't join the wire's end too, and looks for room: no mouse has said where the node goes.
    """

    at: QPointF
    loose: PortRef | None = None
    wire: Wire | None = None
    anything: bool = False


@dataclass(frozen=True)
class Hint:
    """Words beside the cursor at `at` of the viewport; `lasting` ones go by themselves after a while."""

    text: str
    kind: str
    at: QPointF
    lasting: bool = False


class CanvasView(PanZoomView):
    """Shows a GraphScene; one gesture at a time goes on in it."""

    node_wanted = Signal(object)  # NodeWanted
    hinted = Signal(object)  # Hint
    rename_wanted = Signal(str)  # the node's id
    added = Signal(object)  # the types of the nodes that one edit brought: a list of str

    def __init__(self, session: Session, theme: Theme, parent: QWidget | None = None) -> None:
        self.graph_scene = GraphScene(session.catalogue, theme)
        super().__init__(self.graph_scene, parent)
        self.session = session
        self.overlay = Overlay(self.graph_scene, theme)
        self.space_held = False
        self.last_mouse: QPointF | None = None  # in the viewport, while the mouse is over it
        self._gesture: Gesture | None = None
        self._button = Qt.MouseButton.NoButton
        self._held = Qt.KeyboardModifier.NoModifier  # the modifiers of the last move of a gesture
        self._drop = PaletteDrop(self)
        self._hover = Hover(self)
        self._edge = EdgeScroll(self._scroll_on, self)
        self.snaps = False  # whether nodes that are dragged land on the grid
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAcceptDrops(True)
        self.viewport().setMouseTracking(True)
        self.setAccessibleName(self.tr("Canvas"))

    # Keeping in step

    def sync(self) -> None:
        """Show the session's graph; a gesture that was going on is cancelled, since what it moves has changed."""
        self.cancel_gesture()
        self._hover.clear()
        self.graph_scene.sync(self.session.here.graph, self.session.here.analysis, self.session.problems_here)
        self.graph_scene.choose(self.session.selection)

    def set_theme(self, theme: Theme) -> None:
        self.graph_scene.set_theme(theme)
        self.overlay.set_theme(theme)
        self.viewport().update()

    def apply_and_select(self, edit: Edit) -> bool:
        """Apply an edit and select the nodes that it brought; False where the graph refused it."""
        before = set(self.session.here.graph.nodes)
        if not self.session.apply_here(edit):
            return False
        new = [node for id, node in self.session.here.graph.nodes.items() if id not in before]
        self.session.select(node.id for node in new)
        self.added.emit([node.type for node in new])
        return True

    def delete_selected(self, heal: bool = True) -> None:
        """Delete the selected nodes and wires as one step.

        With `heal`, what fed a node feeds what it fed, where the shapes allow.
        """
        ids, wires = self.session.selection, self.graph_scene.chosen_wires
        edits: list[Edit] = [Disconnect(w) for w in wires if not {w.source.node, w.target.node} & set(ids)]
        if ids:
            edits.append(placing.remove(self.session.here.analysis, self.session.catalogue, ids, heal))
        if len(edits) == 1:
            self.session.apply_here(edits[0])
        elif edits:
            self.session.apply_here(Several(self.tr("delete the selection"), tuple(edits)))

    # What gestures show

    def show_loose_wire(self, start: QPointF | None, end: QPointF | None, kind: str = "fine") -> None:
        self.overlay.show_wire(start, end, kind)

    def show_ghosts(self, rects: Iterable[QRectF]) -> None:
        self.overlay.show_ghosts(rects)

    def show_box(self, box: QRectF | None) -> None:
        self.overlay.show_box(box)

    def show_hot_port(self, port: PortRef | None) -> None:
        self._hover.show_port(port)

    def show_hot_wire(self, key: WireKey | None) -> None:
        self._hover.show_wire(key)

    def hide_wire(self, wire: Wire | None) -> None:
        """Hide a wire whose end is being dragged (the first of its like); None shows all again."""
        for (other, number), item in self.graph_scene.wires.items():
            item.setVisible(wire is None or other != wire or number > 0)

    def hint(self, text: str, kind: str, at: QPointF, lasting: bool = False) -> None:
        self.hinted.emit(Hint(text, kind, at, lasting))

    def ask_for_node(self, at: QPointF, loose: PortRef | None = None, wire: Wire | None = None) -> None:
        self.node_wanted.emit(NodeWanted(at, loose, wire))

    def ask_for_next(self, node: str) -> None:
        """Ask for what goes on from a node: what feeds its first input that lacks a wire, else what it feeds."""
        graph, face = self.session.here.graph, self.graph_scene.nodes[node].face
        lacking = [p for p in face.inputs if not p.optional and not graph.wires_into(node, p.name)]
        ports = [*(PortRef(node, p.name, False) for p in lacking), *(PortRef(node, p.name, True) for p in face.outputs)]
        if ports:
            away = STEP - WIDTH if ports[0].output else WIDTH - STEP
            end = self.graph_scene.port_position(ports[0]) + QPointF(away, 0)
            self.node_wanted.emit(NodeWanted(end, ports[0], anything=True))
        else:
            self.ask_for_node(self.graph_scene.nodes[node].scene_rect.center() + QPointF(STEP, 0))

    def choose_wire_at(self, at: Pointer) -> None:
        """Select the wire under the mouse, alone unless Shift is held."""
        key = self.graph_scene.wire_at(at.scene, self.units(WIRE_REACH))
        if not at.shift:
            self.session.select(())
        kept = [k for k, item in self.graph_scene.wires.items() if item.chosen] if at.shift else []
        self.graph_scene.choose_wires([*kept, key] if key is not None else kept)

    # The mouse

    @property
    def gesture_goes_on(self) -> bool:
        return self._gesture is not None

    def cancel_gesture(self) -> bool:
        """Leave the gesture that goes on without a change; False where there is none."""
        gesture, self._gesture = self._gesture, None
        self._edge.stop()
        self._sketch(False)
        if gesture is None:
            return False
        gesture.cancel()
        self.update_cursor()
        return True

    def update_cursor(self) -> None:
        if self._gesture is not None:
            self.viewport().setCursor(self._gesture.cursor)
        else:
            self.viewport().setCursor(Qt.CursorShape.OpenHandCursor if self.space_held else self._hover.cursor)

    def _pointer(self, event: QMouseEvent) -> Pointer:
        return Pointer(self.to_scene(event.position()), event.position(), event.modifiers())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if self._gesture is not None:
            return
        at = self._pointer(event)
        self._hover.clear()
        self._gesture = gesture_for(self, at, event.button(), self.space_held)
        if self._gesture is not None:
            self._button = event.button()
            self._gesture.start(at)
            self.update_cursor()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self.last_mouse = event.position()
        at = self._pointer(event)
        if self._gesture is not None:
            self._gesture.move(at)
            self._sketch(self._gesture.dragging and not self.shows_ports)
            self._held = event.modifiers()
            if self._gesture.scrolls and self._gesture.dragging:
                self._edge.follow(event.position(), self.viewport().size())
        else:
            self._hover.move(at.scene)
            self.update_cursor()

    def _sketch(self, quick: bool) -> None:
        """Paint quickly while something is dragged from afar: smooth curves take half of such a frame."""
        smooth = QPainter.RenderHint.Antialiasing
        if bool(self.renderHints() & smooth) == quick:
            self.setRenderHint(smooth, not quick)

    def _scroll_on(self, by: QPointF) -> None:
        """Scroll under a drag; the mouse rests, yet is at another place of the scene."""
        self.scroll_by(by)
        if self._gesture is not None and self.last_mouse is not None:
            self._gesture.move(Pointer(self.to_scene(self.last_mouse), self.last_mouse, self._held))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._gesture is None or event.button() != self._button:
            return
        self._edge.stop()
        self._sketch(False)
        gesture, self._gesture = self._gesture, None  # first: an edit syncs, and a sync cancels what goes on
        gesture.end(self._pointer(event))
        self.update_cursor()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        at = self._pointer(event).scene
        if event.button() != Qt.MouseButton.LeftButton:
            return
        node = self.graph_scene.node_at(at)
        if node is not None and self.session.here.graph.nodes[node].type == COMPOSITE:
            self.session.enter(node)
        elif node is not None:
            self.rename_wanted.emit(node)
        else:
            key = self.graph_scene.wire_at(at, self.units(WIRE_REACH))
            self.ask_for_node(at, wire=key[0] if key is not None else None)

    def wheelEvent(self, event: QWheelEvent) -> None:
        self.graph_scene.settle()  # what is dragged is a picture, of one zoom
        self.zoom_at(1.0015 ** event.angleDelta().y(), event.position())

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            text = self._hover.tip(self.to_scene(QPointF(event.pos())))
            QToolTip.showText(event.globalPos(), as_html(text), self.viewport())
            return True
        if event.type() == QEvent.Type.Leave:
            self.last_mouse = None
        return super().viewportEvent(event)

    # The keyboard

    def focusNextPrevChild(self, next: bool) -> bool:
        return False if next else super().focusNextPrevChild(next)  # Tab adds a node; Shift+Tab leaves

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not keys.press(self, event):
            event.ignore()

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if not keys.release(self, event):
            event.ignore()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.space_held = False
        self.update_cursor()

    # Drops from the palette

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if self._drop.held(event.mimeData()) is not None:
            event.acceptProposedAction()
        else:
            event.ignore()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        node = self._drop.held(event.mimeData())
        if node is None:
            event.ignore()
            return
        self._drop.hover(node, self.to_scene(event.position()))
        event.acceptProposedAction()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self._drop.leave()

    def dropEvent(self, event: QDropEvent) -> None:
        node = self._drop.held(event.mimeData())
        if node is not None:
            self.setFocus()
            self._drop.drop(node, self.to_scene(event.position()))
            event.acceptProposedAction()
