"""Laying wires: from port to port in either direction, and moving the end of one that is there."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, Qt

from netstudio.graph import Graph, Wire
from netstudio.graph.edits import Connect, Disconnect
from netstudio.gui.canvas import placing
from netstudio.gui.canvas.face import PortRef
from netstudio.gui.canvas.gestures.base import Gesture, Pointer
from netstudio.gui.canvas.gestures.verdict import Verdict, judge

if TYPE_CHECKING:
    from netstudio.gui.canvas.view import CanvasView

REACH = 12.0  # pixels around a port that count as the port


class _LooseWire(Gesture, ABC):
    """A wire with one end at a port and the other at the mouse."""

    cursor = Qt.CursorShape.CrossCursor

    def __init__(self, view: CanvasView, fixed: PortRef) -> None:
        super().__init__(view)
        self.fixed = fixed
        self._goal: PortRef | None = None
        self._verdict = Verdict("fine")

    def base_graph(self) -> Graph:
        """The graph that the wire is judged in."""
        return self.session.here.graph

    def drag(self, at: Pointer) -> None:
        goal = self._port_below(at.scene)
        if goal != self._goal:
            self._goal = goal
            self._verdict = self._judged(goal)
        start = self.scene.port_position(self.fixed)
        end = self.scene.port_position(goal) if goal is not None else at.scene
        self.view.show_loose_wire(*((start, end) if self.fixed.output else (end, start)), self._verdict.kind)
        self.view.show_hot_port(goal)
        self.view.hint(self._verdict.reason, self._verdict.kind, at.view)

    def drop(self, at: Pointer) -> None:
        self.drag(at)
        self.clear()
        if self._goal is None:
            self.drop_on_nothing(at)
        elif self._verdict.kind == "refused":
            self.view.hint(self._verdict.reason, "refused", at.view, lasting=True)
            self.session.message.emit("warning", self._verdict.reason)
        else:
            self.view.hint("", "fine", at.view)
            self.lay(self._wire(self._goal))

    def cancel(self) -> None:
        self.clear()
        self.view.hint("", "fine", QPointF())

    @abstractmethod
    def lay(self, wire: Wire) -> None:
        """Change the document: the wire was let go at a port that takes it."""

    def drop_on_nothing(self, at: Pointer) -> None:
        """The wire was let go over empty canvas."""

    def clear(self) -> None:
        self.view.show_loose_wire(None, None)
        self.view.show_hot_port(None)

    def _wire(self, goal: PortRef) -> Wire:
        return Wire(self.fixed.end, goal.end) if self.fixed.output else Wire(goal.end, self.fixed.end)

    def _judged(self, goal: PortRef | None) -> Verdict:
        if goal is None:
            return Verdict("fine")
        if goal.output == self.fixed.output:
            side = self.view.tr("output") if goal.output else self.view.tr("input")
            text = self.view.tr("both ends are {0}s; a wire leads from an output to an input").format(side)
            return Verdict("refused", text)
        return judge(self.base_graph(), self.session.catalogue, self._wire(goal), self.session.here.analysis)

    def _port_below(self, at: QPointF) -> PortRef | None:
        """The port under the mouse; over a card, its nearest port on the side that is wanted, free ones first."""
        near = self.scene.port_at(at, self.view.units(REACH))
        if near is not None and near != self.fixed:
            return near
        node = self.scene.node_at(at)
        if node is None or node == self.fixed.node:
            return None
        return self._best_port(node, at)

    def _best_port(self, node: str, at: QPointF) -> PortRef | None:
        output = not self.fixed.output
        ports = self.scene.nodes[node].face.ports(output)
        graph = self.base_graph()

        def cost(ref: PortRef) -> tuple[bool, float]:
            variadic = next(p.variadic for p in ports if p.name == ref.port)
            taken = not output and not variadic and bool(graph.wires_into(ref.node, ref.port))
            return taken, abs(self.scene.port_position(ref).y() - at.y())

        return min((PortRef(node, p.name, output) for p in ports), key=cost, default=None)


class Lay(_LooseWire):
    """A new wire; let go over empty canvas it asks for the node to go there."""

    def lay(self, wire: Wire) -> None:
        self.session.apply_here(Connect(*wire))

    def drop_on_nothing(self, at: Pointer) -> None:
        self.view.hint("", "fine", at.view)
        self.view.ask_for_node(at.scene, loose=self.fixed)
        start, end = self.scene.port_position(self.fixed), at.scene  # it stays in sight until the search closes
        self.view.show_loose_wire(*((start, end) if self.fixed.output else (end, start)))


class Rewire(_LooseWire):
    """One end of a wire that is there, dragged elsewhere; over empty canvas the wire is removed."""

    def __init__(self, view: CanvasView, wire: Wire, loose_output: bool) -> None:
        fixed = wire.target if loose_output else wire.source
        super().__init__(view, PortRef(fixed.node, fixed.port, not loose_output))
        self.wire = wire

    def base_graph(self) -> Graph:
        return placing.without(self.session.here.graph, self.wire)

    def begin(self) -> None:
        self.view.hide_wire(self.wire)

    def lay(self, wire: Wire) -> None:
        if wire != self.wire:
            self.session.apply_here(placing.rewire(self.session.here.graph, self.session.catalogue, self.wire, wire))

    def drop_on_nothing(self, at: Pointer) -> None:
        self.session.apply_here(Disconnect(self.wire))

    def click(self, at: Pointer) -> None:
        self.view.choose_wire_at(at)

    def clear(self) -> None:
        super().clear()
        self.view.hide_wire(None)
