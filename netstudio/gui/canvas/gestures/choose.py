"""Which gesture a press of the mouse begins."""

from __future__ import annotations

from math import hypot
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, Qt

from netstudio.graph import Wire
from netstudio.gui.canvas.face import PortRef
from netstudio.gui.canvas.gestures.base import Gesture, Pointer
from netstudio.gui.canvas.gestures.box import BoxSelect
from netstudio.gui.canvas.gestures.connect import REACH, Lay, Rewire
from netstudio.gui.canvas.gestures.move import DuplicateSelection, MoveSelection
from netstudio.gui.canvas.gestures.pan import Pan
from netstudio.gui.canvas.gestures.pick import PickWire
from netstudio.gui.canvas.gestures.resize import Resize

if TYPE_CHECKING:
    from netstudio.gui.canvas.view import CanvasView

WIRE_REACH = 6.0  # pixels around a wire that count as the wire
END = 28.0  # pixels from its end in which a wire is taken by that end


def gesture_for(view: CanvasView, at: Pointer, button: Qt.MouseButton, panning: bool) -> Gesture | None:
    """The gesture of a press at `at`; `panning` while Space is held. None for a button that does nothing here."""
    if button == Qt.MouseButton.MiddleButton or (panning and button == Qt.MouseButton.LeftButton):
        return Pan(view)
    if button != Qt.MouseButton.LeftButton:
        return None
    scene = view.graph_scene
    port = scene.port_at(at.scene, view.units(REACH * 0.75))
    if port is not None and view.shows_ports:
        return _from_port(view, port)
    node = scene.node_at(at.scene)
    if node is not None and scene.nodes[node].grips(at.scene):
        return Resize(view, node)
    if node is not None:
        return DuplicateSelection(view, node) if at.ctrl else MoveSelection(view, node)
    key = scene.wire_at(at.scene, view.units(WIRE_REACH))
    if key is not None:
        return _from_wire(view, key[0], at)
    return BoxSelect(view)


def _from_port(view: CanvasView, port: PortRef) -> Gesture:
    """From an input that is wired, its wire is taken up; from any other port a new one begins."""
    if port.output:
        return Lay(view, port)
    wires = view.session.here.graph.wires_into(port.node, port.port)
    declared = next(p for p in view.graph_scene.nodes[port.node].face.inputs if p.name == port.port)
    return Rewire(view, wires[0], loose_output=False) if wires and not declared.variadic else Lay(view, port)


def _from_wire(view: CanvasView, wire: Wire, at: Pointer) -> Gesture:
    scene, near = view.graph_scene, view.units(END)
    start = scene.port_position(PortRef(*wire.source, output=True))
    end = scene.port_position(PortRef(*wire.target, output=False))
    to_start, to_end = _away(start, at.scene), _away(end, at.scene)
    if min(to_start, to_end) > near:
        return PickWire(view)
    return Rewire(view, wire, loose_output=to_start < to_end)


def _away(a: QPointF, b: QPointF) -> float:
    return hypot(a.x() - b.x(), a.y() - b.y())
