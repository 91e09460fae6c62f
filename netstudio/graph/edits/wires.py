"""Wires that come and go, and nodes put on them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from netstudio.errors import EditError
from netstudio.graph.document import Endpoint, Graph, Node, Position, Wire
from netstudio.graph.edits.base import known, node_of
from netstudio.graph.edits.nodes import STEP, AddNode
from netstudio.graph.node_type import Catalogue


@dataclass(frozen=True)
class Connect:
    """Wire an output to an input; a wire that is there already gives way, unless the input is variadic."""

    source: Endpoint
    target: Endpoint

    @property
    def title(self) -> str:
        return f"connect {self.source} to {self.target}"

    def apply(self, graph: Graph, catalogue: Catalogue) -> Graph:
        reason = refusal(graph, catalogue, self.source, self.target)
        if reason:
            raise EditError(reason)
        port = catalogue.input_port(graph.nodes[self.target.node], self.target.port)
        kept = graph.wires
        if port is not None and not port.variadic:
            kept = tuple(w for w in kept if w.target != self.target)
        return replace(graph, wires=(*kept, Wire(self.source, self.target)))


def refusal(graph: Graph, catalogue: Catalogue, source: Endpoint, target: Endpoint) -> str | None:
    """Why a wire from `source` to `target` can't be, in words; None where it can. Shapes are not looked at."""
    for end, side in ((source, "output"), (target, "input")):
        node = graph.nodes.get(end.node)
        if node is None:
            return f"there is no node {end.node!r}"
        if node.type not in catalogue:
            return f"{node.title} is of the unknown type {node.type!r}"
        ports = catalogue.ports(node)[side == "output"]
        if end.port not in [p.name for p in ports]:
            have = ", ".join(p.name for p in ports) or "none"
            return f"{node.title} has no {side} {end.port!r} (it has {have})"
    if source.node == target.node:
        return f"{graph.nodes[source.node].title} can't feed itself"
    if _leads_to(graph, target.node, source.node):
        return f"a wire from {source.node} to {target.node} would close a cycle"
    return None


def _leads_to(graph: Graph, start: str, goal: str) -> bool:
    seen, todo = {start}, [start]
    while todo:
        for wire in graph.outgoing.get(todo.pop(), ()):
            if wire.target.node == goal:
                return True
            if wire.target.node not in seen:
                seen.add(wire.target.node)
                todo.append(wire.target.node)
    return False


@dataclass(frozen=True)
class Disconnect:
    """Remove one wire (the first of them, where the same wire stands twice)."""

    wire: Wire

    @property
    def title(self) -> str:
        return f"disconnect {self.wire.source} from {self.wire.target}"

    def apply(self, graph: Graph, catalogue: Catalogue) -> Graph:
        if self.wire not in graph.wires:
            raise EditError(f"there is no wire {self.wire}")
        at = graph.wires.index(self.wire)
        return replace(graph, wires=graph.wires[:at] + graph.wires[at + 1 :])


@dataclass(frozen=True)
class InsertOnWire:
    """Put a node that is not wired yet, or a new one of `type`, in the middle of a wire."""

    wire: Wire
    type: str
    params: Mapping[str, Any] = field(default_factory=dict)
    pos: Position | None = None
    existing: str | None = None

    @property
    def title(self) -> str:
        return f"insert {self.type} between {self.wire.source.node} and {self.wire.target.node}"

    def apply(self, graph: Graph, catalogue: Catalogue) -> Graph:
        node_type = known(catalogue, self.type)
        if self.wire not in graph.wires:
            raise EditError(f"there is no wire {self.wire}")
        id = self.existing
        asked = Node("", node_type.name, self.params) if id is None else node_of(graph, id)
        inputs, outputs = catalogue.ports(asked)
        if not inputs or not outputs:
            raise EditError(f"{self.type} can't stand on a wire: it has no {'output' if inputs else 'input'}")
        if id is None:
            a, b = graph.nodes[self.wire.source.node].pos, graph.nodes[self.wire.target.node].pos
            middle = ((a[0] + b[0]) / 2, (a[1] + b[1]) / 2)
            graph, id = AddNode(self.type, self.params, self.pos or middle).place(graph, catalogue)
        into = Wire(self.wire.source, Endpoint(id, inputs[0].name))
        out = Wire(Endpoint(id, outputs[0].name), self.wire.target)
        at = graph.wires.index(self.wire)  # the place of a wire is its order at a variadic port
        return replace(graph, wires=(*graph.wires[:at], into, out, *graph.wires[at + 1 :]))


@dataclass(frozen=True)
class InsertBefore:
    """Put a new node on the wire into `target`: how a shape is repaired."""

    type: str
    params: Mapping[str, Any]
    target: Endpoint

    @property
    def title(self) -> str:
        return f"insert {self.type} before {self.target.node}"

    def apply(self, graph: Graph, catalogue: Catalogue) -> Graph:
        wires = graph.wires_into(self.target.node, self.target.port)
        if not wires:
            raise EditError(f"nothing is wired into {self.target}")
        return InsertOnWire(wires[0], self.type, self.params).apply(graph, catalogue)


@dataclass(frozen=True)
class Feed:
    """Add a node before and below the node of `target`, and wire its output into that input."""

    type: str
    params: Mapping[str, Any]
    target: Endpoint

    @property
    def title(self) -> str:
        return f"add {self.type} for {self.target.node}"

    def apply(self, graph: Graph, catalogue: Catalogue) -> Graph:
        x, y = node_of(graph, self.target.node).pos
        taken = [n.pos for n in graph.nodes.values()]
        place = (x - STEP, y + STEP / 2)
        while any(abs(place[0] - there[0]) < STEP and abs(place[1] - there[1]) < STEP / 2 for there in taken):
            place = (place[0], place[1] + STEP / 2)
        graph, id = AddNode(self.type, self.params, place).place(graph, catalogue)
        output = known(catalogue, self.type).outputs[0].name
        return Connect(Endpoint(id, output), self.target).apply(graph, catalogue)
