"""The scene: an item for each node and each wire, kept in step with the document."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import hypot

from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtWidgets import QGraphicsScene

from netstudio.graph import Analysis, Catalogue, Graph, Node, Problem, Wire
from netstudio.graph.document import Position
from netstudio.graph.facts import NodeFacts
from netstudio.gui.canvas.face import Face, PortRef, face_of
from netstudio.gui.canvas.geometry import FAR, VARIADIC_RADIUS
from netstudio.gui.canvas.labels import LabelLayer
from netstudio.gui.canvas.lift import LARGEST, MANY, Lift
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
        self._at: dict[str, Position] = {}  # where the cards stand
        self._laid: tuple[Wire, ...] | None = None  # the wires that `wires` shows
        self._bounds: QRectF | None = None  # of all cards, until one moves
        self._lift: Lift | None = None  # many nodes on the move, seen from afar
        self._stretching: list[WireItem] = []  # from what is lifted to what stays
        self._known: dict[str, tuple[Node, NodeFacts | None, list[Problem]]] = {}

    # Keeping in step

    def sync(self, graph: Graph, analysis: Analysis, problems: Iterable[Problem]) -> None:
        """Show `graph`. Only nodes whose value, facts or problems changed are laid out anew."""
        self.settle()
        at: dict[str, list[Problem]] = {}
        for problem in problems:
            if problem.node is not None:
                at.setdefault(problem.node, []).append(problem)
        self.graph = graph
        self._bounds = None
        changed, moved = self._sync_nodes(graph, analysis, at)
        new = self._sync_wires(graph)
        for item in (*new, *(w for w in self._touching_any(moved) if w not in new)):
            self._run(item)
        self._tell_wires({**dict.fromkeys(new), **self._touching_any(changed)}, analysis, at)
        self.labels.place({**dict.fromkeys(new), **self._touching_any(changed | moved)})

    def _sync_nodes(
        self, graph: Graph, analysis: Analysis, problems: Mapping[str, list[Problem]]
    ) -> tuple[set[str], set[str]]:
        """Gives the nodes of which something else is known now, and those whose ports may stand elsewhere."""
        for id in [id for id in self.nodes if id not in graph.nodes]:
            self.removeItem(self.nodes.pop(id))
            del self._known[id], self._at[id]
        changed: set[str] = set()
        moved: set[str] = set()
        for id, node in graph.nodes.items():
            known = (node, analysis.nodes.get(id), problems.get(id, []))
            before = self._known.get(id)
            if before is None or before[0] is not node or before[1] is not known[1] or before[2] != known[2]:
                self._known[id] = known
                if self._show_node(id, face_of(*known, self.catalogue, graph)):
                    moved.add(id)
                changed.add(id)
            if self._at.get(id) != node.pos:
                self._put(id, node.pos)
                moved.add(id)
        return changed, moved

    def _show_node(self, id: str, face: Face) -> bool:
        """Whether its ports may stand elsewhere now."""
        if id not in self.nodes:
            self.nodes[id] = NodeItem(id, face, self.theme)
            self.addItem(self.nodes[id])
            return True
        before = self.nodes[id].face
        self.nodes[id].set_face(face)
        return (before.inputs, before.outputs) != (face.inputs, face.outputs)

    def _put(self, id: str, at: Position) -> None:
        self.nodes[id].setPos(*at)
        self._at[id] = at

    def _sync_wires(self, graph: Graph) -> dict[WireItem, None]:
        """Gives the wires that are new."""
        if graph.wires is self._laid:
            return {}
        self._laid = graph.wires
        wanted = _numbered(graph.wires)
        for key in [key for key in self.wires if key not in wanted]:
            self.labels.forget(self.wires[key])
            self.removeItem(self.wires.pop(key))
        self._touching = {}
        new: dict[WireItem, None] = {}
        for key in wanted:
            if key not in self.wires:
                self.wires[key] = WireItem(key[0], self.theme)
                self.addItem(self.wires[key])
                new[self.wires[key]] = None
            for end in key[0]:
                self._touching.setdefault(end.node, []).append(self.wires[key])
        return new

    def _touching_any(self, nodes: Iterable[str]) -> dict[WireItem, None]:
        """The wires that begin or end at one of the nodes."""
        return dict.fromkeys(wire for node in nodes for wire in self._touching.get(node, ()))

    def _tell_wires(self, wires: Iterable[WireItem], analysis: Analysis, problems: Mapping[str, list[Problem]]) -> None:
        broken = {(p.node, p.port) for found in problems.values() for p in found if p.severity == "error"}
        for item in wires:
            wire = item.wire
            spec = analysis.spec(wire.source)
            wrong = wire.target in broken or (spec is not None and (wire.target.node, None) in broken)
            item.set_facts(spec.label if spec is not None else "", wrong)

    def _run(self, item: WireItem) -> None:
        source, target = item.wire
        if source.node in self.nodes and target.node in self.nodes:
            start = self.nodes[source.node].port_position(source.port, output=True)
            end = self.nodes[target.node].port_position(target.port, output=False)
            item.run(start + self._lifted_by(source.node), end + self._lifted_by(target.node))

    def _lifted_by(self, node: str) -> QPointF:
        """How far a node is shown from where its item is."""
        return self._lift.shift if self._lift is not None and node in self._lift.ids else QPointF()

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
        if self._lift is not None and self._move_lift(self._lift, positions):
            return
        there = {id: at for id, at in positions.items() if id in self.nodes}
        by = self._common_shift(there)
        for id, at in there.items():
            self._put(id, at)
        wires = self._touching_any(there)
        for item in wires:
            source, target = item.wire
            if by is not None and source.node in there and target.node in there:
                item.shift(by)
            else:
                self._run(item)
        self._bounds = None
        self.labels.place(wires)

    def lift(self, ids: Iterable[str], zoom: float, ratio: float) -> None:
        """Be ready to `place` these nodes again and again, all by one shift, until `settle` or the next `sync`.

        Where they are many and seen from afar, a picture of them moves in their place.
        """
        self.settle()
        nodes = [self.nodes[id] for id in ids if id in self.nodes]
        if zoom >= FAR or len(nodes) < MANY:
            return
        chosen = {node.id for node in nodes}
        touching = self._touching_any(chosen)
        wires = [w for w in touching if {w.wire.source.node, w.wire.target.node} <= chosen]
        area = QRectF()
        for item in (*nodes, *wires):
            area |= item.sceneBoundingRect()
        if area.width() * area.height() * (zoom * ratio) ** 2 <= LARGEST:
            self._lift = Lift(self, nodes, wires, area, zoom, ratio)
            inner = set(wires)
            self._stretching = [w for w in touching if w not in inner]

    def settle(self) -> None:
        """Show every node where its item is."""
        if self._lift is not None:
            self._lift.end()
            self._lift = None
            for item in self._stretching:
                self._run(item)

    def _move_lift(self, lift: Lift, positions: Mapping[str, Position]) -> bool:
        """Whether the picture of what is lifted could be moved to show `positions`."""
        by = self._common_shift(positions) if positions.keys() == lift.ids else None
        if by is None:
            self.settle()
            return False
        lift.move(by)
        for item in self._stretching:
            self._run(item)
        return True

    def _common_shift(self, positions: Mapping[str, Position]) -> QPointF | None:
        """By how much all these nodes move; None where they move differently."""
        shifts = {(at[0] - self._at[id][0], at[1] - self._at[id][1]) for id, at in positions.items()}
        return QPointF(*shifts.pop()) if len(shifts) == 1 else None

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
        found = [i for i in self.items(at) if isinstance(i, NodeItem) and i.takes(at)]
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
        """The nodes whose cards touch `area`, and the frames that lie in it."""

        def chosen(item: NodeItem) -> bool:
            return area.contains(item.scene_rect) if item.is_frame else item.scene_rect.intersects(area)

        return tuple(id for id, item in self.nodes.items() if chosen(item))

    def with_framed(self, ids: Iterable[str]) -> tuple[str, ...]:
        """These nodes and what lies in those of them that are frames."""
        frames = [self.nodes[id].scene_rect for id in ids if self.nodes[id].is_frame]
        framed = (id for id, i in self.nodes.items() if any(frame.contains(i.scene_rect) for frame in frames))
        return tuple(dict.fromkeys((*ids, *framed)))

    def bounds(self, ids: Iterable[str] | None = None) -> QRectF:
        """The rectangle around the cards of `ids`, or of all nodes; empty where there are none."""
        if ids is None:
            self._bounds = self._bounds or self._around(self.nodes)
            return QRectF(self._bounds)
        return self._around(ids)

    def _around(self, ids: Iterable[str]) -> QRectF:
        total = QRectF()
        for id in ids:
            if id in self.nodes:
                total |= self.nodes[id].scene_rect
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
