"""What is under the mouse while no gesture goes on: the port that grows, the wire that lights up, the tooltip."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, Qt

from netstudio.gui.canvas import tips
from netstudio.gui.canvas.face import PortRef
from netstudio.gui.canvas.gestures.choose import WIRE_REACH
from netstudio.gui.canvas.gestures.connect import REACH
from netstudio.gui.canvas.scene import WireKey

if TYPE_CHECKING:
    from netstudio.gui.canvas.view import CanvasView


class Hover:
    """At most one port and one wire are hot at a time."""

    def __init__(self, view: CanvasView) -> None:
        self.view = view
        self.cursor = Qt.CursorShape.ArrowCursor
        self._port: PortRef | None = None
        self._wire: WireKey | None = None

    def move(self, at: QPointF) -> None:
        """The mouse is at `at` of the scene."""
        scene, view = self.view.graph_scene, self.view
        port = scene.port_at(at, view.units(REACH * 0.75)) if view.shows_ports else None
        node = scene.node_at(at) if port is None else None
        self.show_port(port)
        self.show_wire(scene.wire_at(at, view.units(WIRE_REACH)) if port is None and node is None else None)
        self.cursor = Qt.CursorShape.CrossCursor if port is not None else Qt.CursorShape.ArrowCursor
        if node is not None and scene.nodes[node].grips(at):
            self.cursor = Qt.CursorShape.SizeFDiagCursor

    def clear(self) -> None:
        self.show_port(None)
        self.show_wire(None)

    def show_port(self, port: PortRef | None) -> None:
        nodes = self.view.graph_scene.nodes
        if port != self._port:
            if self._port is not None and self._port.node in nodes:
                nodes[self._port.node].set_hot_port(None)
            self._port = port
        if port is not None:
            nodes[port.node].set_hot_port((port.port, port.output))

    def show_wire(self, key: WireKey | None) -> None:
        wires = self.view.graph_scene.wires
        if key != self._wire:
            if self._wire in wires and self._wire is not None:
                wires[self._wire].set_hot(hovered=False)
            self._wire = key
        if key is not None:
            wires[key].set_hot(hovered=True)

    def tip(self, at: QPointF) -> str:
        """What the tooltip at `at` of the scene says; "" for none."""
        scene, view = self.view.graph_scene, self.view
        analysis = view.session.here.analysis
        port = scene.port_at(at, view.units(REACH * 0.75)) if view.shows_ports else None
        if port is not None:
            ports = scene.nodes[port.node].face.ports(port.output)
            return tips.port_tip(port, next(p for p in ports if p.name == port.port), analysis)
        node = scene.node_at(at)
        if node is not None:
            face = scene.nodes[node].face
            known = view.session.catalogue
            return tips.node_tip(face, known[face.type].summary_line() if face.type in known else "")
        key = scene.wire_at(at, view.units(WIRE_REACH))
        return tips.wire_tip(key[0], analysis) if key is not None else ""
