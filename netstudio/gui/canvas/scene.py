"""The scene: an item for each node and each wire, kept in step with the document."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import hypot

from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtWidgets import QGraphicsScene

from netstudio.graph import Analysis, Catalogue, Graph, Problem, Wire
from netstudio.graph.document import Position
from netstudio.gui.canvas.face import PortRef, face_of
from netstudio.gui.canvas.geometry import VARIADIC_RADIUS
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
        self._touching: dict[str, list[WireItem]] = {}
        self._known: dict[str, tuple[object, object, Sequence[Problem]]] = {}

    # Keeping in step

    def sync(self, graph: Graph, analysis: Analysis, problems: Iterable[Problem]) -> None:
        """Show `graph`. Only nodes whose value, facts or problems changed are laid out anew."""
        at: dict[str, list[Problem]] = {}
        for problem in problems:
            if problem.node is not None:
                at.setdefault(problem.node, []).append(problem)
        self.graph = graph
        self._sync_nodes(graph, analysis, at)
        self._sync_wires(graph)
        self._tell_wires(analysis, at)

    def _sync_nodes(self, graph: Graph, analysis: Analysis, problems: Mapping[str, list[Problem]]) -> None:
        for id in [id for id in self.nodes if id not in graph.nodes]:
            self.removeItem(self.nodes.pop(id))
            self._known.pop(id, None)
        for id, node in graph.nodes.items():
            facts, wrong = analysis.nodes.get(id), problems.get(id, [])
            known = (node, facts, wrong)
            before = self._known.get(id)
            if before is None or before[0] is not node or before[1] is not facts or before[2] != wrong:
                face = face_of(node, facts, wrong, self.catalogue, graph)
                if id in self.nodes:
                    self.nodes[id].set_face(face)
                else:
                    self.nodes[id] = NodeItem(id, face, self.theme)
                    self.addItem(self.nodes[id])
                self._known[id] = known
            if self.nodes[id].pos() != QPointF(*node.pos):
                self.nodes[id].setPos(*node.pos)

    def _sync_wires(self, graph: Graph) -> None:
        wanted: dict[WireKey, None] = {}
        times: dict[Wire, int] = {}
        for wire in graph.wires:
            times[wire] = times.get(wire, -1) + 1
            wanted[wire, times[wire]] = None
        for key in [key for key in self.wires if key not in wanted]:
            self.removeItem(self.wires.pop(key))
        for key in wanted:
            if key not in self.wires:
                self.wires[key] = WireItem(key[0], self.theme)
                self.addItem(self.wires[key])
        self._touching = {}
        for (wire, _), item in self.wires.items():
            self._touching.setdefault(wire.source.node, []).append(item)
            self._touching.setdefault(wire.target.node, []).append(item)
            self._run(item)

    def _tell_wires(self, analysis: Analysis, problems: Mapping[str, list[Problem]]) -> None:
        broken = {(p.node, p.port) for found in problems.values() for p in found if p.severity == "error"}
        for (wire, _), item in self.wires.items():
            spec = analysis.spec(wire.source)
            target = wire.target
            wrong = target in broken or (spec is not None and (target.node, None) in broken)
            item.set_facts(spec.label if spec is not None else "", wrong)

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

    # What a gesture shows before the document changes

    def place(self, positions: Mapping[str, Position]) -> None:
        """Move items, and their wires with them, without a change to the document."""
        for id, at in positions.items():
            if id in self.nodes:
                self.nodes[id].setPos(*at)
        for node in positions:
            for wire in self._touching.get(node, ()):
                self._run(wire)

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


def _around(at: QPointF, reach: float) -> QRectF:
    return QRectF(at - QPointF(reach, reach), QSizeF(2 * reach, 2 * reach))


def _distance(a: QPointF, b: QPointF) -> float:
    return hypot(a.x() - b.x(), a.y() - b.y())
