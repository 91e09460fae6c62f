"""The scene: an item for each node and each wire, kept in step with the document."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import hypot

from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtWidgets import QGraphicsScene

from netstudio.graph import Analysis, Catalogue, Graph, Node, Problem, Wire
from netstudio.graph.document import Position
from netstudio.graph.infer import NodeFacts
from netstudio.gui.canvas.face import Face, PortRef, face_of
from netstudio.gui.canvas.geometry import VARIADIC_RADIUS
from netstudio.gui.canvas.labels import LabelLayer
from netstudio.gui.canvas.node_item import NodeItem
from netstudio.gui.canvas.wire_item import WireItem
from netstudio.gui.theme import Theme

WireKey = tuple[Wire, int]  # the same wire may stand twice; the number tells them apart


class GraphScene(QGraphicsScene):
    """Shows one graph. It changes nothing: `sync` brings it up to date, `place` moves items for the eye alone."""

    def __init__(self, catalogue: Catalogue, theme: Theme) -> None:
        super().__init__()
        self.setItemIndexMethod(QGraphicsScene.ItemIndexMethod.NoIndex)
        self.catalogue = catalogue
        self.theme = theme
        self.graph = Graph()
        self.nodes: dict[str, NodeItem] = {}
        self.wires: dict[WireKey, WireItem] = {}
        self.labels = LabelLayer(theme)
        self.addItem(self.labels)
        self._touching: dict[str, list[WireItem]] = {}
        self._known: dict[str, tuple[Node, NodeFacts | None, list[Problem]]] = {}

    # Keeping in step

    def sync(self, graph: Graph, analysis: Analysis, problems: Iterable[Problem]) -> None:
        """Show `graph`. Only nodes whose value, facts or problems changed are laid out anew."""
        at: dict[str, list[Problem]] = {}
        for problem in problems:
            if problem.node is not None:
                at.setdefault(problem.node, []).append(problem)
        self.graph = graph
        self._sync_wires(graph, self._sync_nodes(graph, analysis, at))
        self._tell_wires(analysis, at)

    def _sync_nodes(self, graph: Graph, analysis: Analysis, problems: Mapping[str, list[Problem]]) -> set[str]:
        """Gives the nodes whose ports may stand elsewhere now."""
        for id in [id for id in self.nodes if id not in graph.nodes]:
            self.removeItem(self.nodes.pop(id))
            del self._known[id]
        moved: set[str] = set()
        for id, node in graph.nodes.items():
            known = (node, analysis.nodes.get(id), problems.get(id, []))
            before = self._known.get(id)
            if before is None or before[0] is not node or before[1] is not known[1] or before[2] != known[2]:
                self._known[id] = known
                self._show_node(id, face_of(*known, self.catalogue, graph))
                moved.add(id)
            if self.nodes[id].pos() != QPointF(*node.pos):
                self.nodes[id].setPos(*node.pos)
                moved.add(id)
        return moved

    def _show_node(self, id: str, face: Face) -> None:
        if id in self.nodes:
            self.nodes[id].set_face(face)
        else:
            self.nodes[id] = NodeItem(id, face, self.theme)
            self.addItem(self.nodes[id])

    def _sync_wires(self, graph: Graph, moved: set[str]) -> None:
        wanted = _numbered(graph.wires)
        for key in [key for key in self.wires if key not in wanted]:
            self.labels.forget(self.wires[key])
            self.removeItem(self.wires.pop(key))
        self._touching = {}
        for key in wanted:
            new = key not in self.wires
            if new:
                self.wires[key] = WireItem(key[0], self.theme)
                self.addItem(self.wires[key])
            item, ends = self.wires[key], (key[0].source.node, key[0].target.node)
            for node in ends:
                self._touching.setdefault(node, []).append(item)
            if new or not moved.isdisjoint(ends):
                self._run(item)

    def _tell_wires(self, analysis: Analysis, problems: Mapping[str, list[Problem]]) -> None:
        broken = {(p.node, p.port) for found in problems.values() for p in found if p.severity == "error"}
        for (wire, _), item in self.wires.items():
            spec = analysis.spec(wire.source)
            wrong = wire.target in broken or (spec is not None and (wire.target.node, None) in broken)
            item.set_facts(spec.label if spec is not None else "", wrong)
        self.labels.place(self.wires.values())

    def _run(self, item: WireItem) -> None:
        source, target = item.wire
        if source.node in self.nodes and target.node in self.nodes:
            start = self.nodes[source.node].port_position(source.port, output=True)
            end = self.nodes[target.node].port_position(target.port, output=False)
            item.run(start, end)

    def set_theme(self, theme: Theme) -> None:
        self.theme = theme
        for node in self.nodes.values():
            node.set_theme(theme)
        for wire in self.wires.values():
            wire.set_theme(theme)
        self.labels.set_theme(theme)

    # What a gesture shows before the document changes

    def place(self, positions: Mapping[str, Position]) -> None:
        """Move items, and their wires with them, without a change to the document."""
        for id, at in positions.items():
            if id in self.nodes:
                self.nodes[id].setPos(*at)
        wires = dict.fromkeys(wire for node in positions for wire in self._touching.get(node, ()))
        for wire in wires:
            self._run(wire)
        self.labels.place(wires)

    def choose(self, ids: Iterable[str]) -> None:
        """Show these nodes as selected, and no wire."""
        chosen = set(ids)
        for id, item in self.nodes.items():
            item.set_chosen(id in chosen)

    def choose_wires(self, keys: Iterable[WireKey]) -> None:
        chosen = set(keys)
        for key, item in self.wires.items():
            item.set_hot(chosen=key in chosen)

    @property
    def chosen_wires(self) -> tuple[Wire, ...]:
        return tuple(wire for (wire, _), item in self.wires.items() if item.chosen)

    # What stands where

    def port_position(self, port: PortRef) -> QPointF:
        return self.nodes[port.node].port_position(port.port, port.output)

    def node_at(self, at: QPointF) -> str | None:
        """The topmost node whose card holds the point."""
        found = [i for i in self.items(at) if isinstance(i, NodeItem) and i.scene_rect.contains(at)]
        return found[0].id if found else None

    def port_at(self, at: QPointF, reach: float) -> PortRef | None:
        """The port nearest to the point, within `reach` scene units of it."""
        best, nearest = None, max(reach, VARIADIC_RADIUS)
        area = _around(at, nearest + VARIADIC_RADIUS)
        for item in self.items(area, Qt.ItemSelectionMode.IntersectsItemBoundingRect):
            if isinstance(item, NodeItem):
                for output in (False, True):
                    for port in item.face.ports(output):
                        away = _distance(item.port_position(port.name, output), at)
                        if away < nearest:
                            best, nearest = PortRef(item.id, port.name, output), away
        return best

    def wire_at(self, at: QPointF, reach: float) -> WireKey | None:
        """The wire nearest to the point, within `reach` scene units of it."""
        area = _around(at, reach)
        near = [i for i in self.items(area, Qt.ItemSelectionMode.IntersectsItemBoundingRect) if isinstance(i, WireItem)]
        found = min(near, key=lambda item: item.distance(at), default=None)
        if found is None or found.distance(at) > reach:
            return None
        return next(key for key, item in self.wires.items() if item is found)

    def nodes_in(self, area: QRectF) -> tuple[str, ...]:
        """The nodes whose cards touch `area`."""
        return tuple(id for id, item in self.nodes.items() if item.scene_rect.intersects(area))

    def bounds(self, ids: Iterable[str] | None = None) -> QRectF:
        """The rectangle around the cards of `ids`, or of all nodes; empty where there are none."""
        total = QRectF()
        for id in self.nodes if ids is None else ids:
            if id in self.nodes:
                total = total.united(self.nodes[id].scene_rect)
        return total


def _numbered(wires: Iterable[Wire]) -> dict[WireKey, None]:
    """A key for each wire, in order."""
    times: dict[Wire, int] = {}
    keys: dict[WireKey, None] = {}
    for wire in wires:
        times[wire] = times.get(wire, -1) + 1
        keys[wire, times[wire]] = None
    return keys


def _around(at: QPointF, reach: float) -> QRectF:
    return QRectF(at - QPointF(reach, reach), QSizeF(2 * reach, 2 * reach))


def _distance(a: QPointF, b: QPointF) -> float:
    return hypot(a.x() - b.x(), a.y() - b.y())
