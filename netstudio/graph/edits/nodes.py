"""Nodes that come, go and move."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from netstudio.errors import EditError
from netstudio.graph.document import Graph, Node, Position, Wire
from netstudio.graph.edits.base import check, known, names_of, node_of, with_node
from netstudio.graph.node_type import Catalogue

STEP = 200.0  # how far apart nodes in a row stand


@dataclass(frozen=True)
class AddNode:
    """Add a node of `type`; without `id` it gets a fresh one made from the type ("conv2d1")."""

    type: str
    params: Mapping[str, Any] = field(default_factory=dict)
    pos: Position = (0.0, 0.0)
    id: str | None = None

    @property
    def title(self) -> str:
        return f"add {self.type}"

    def apply(self, graph: Graph, catalogue: Catalogue) -> Graph:
        return self.place(graph, catalogue)[0]

    def place(self, graph: Graph, catalogue: Catalogue) -> tuple[Graph, str]:
        """The new graph and the new node's id."""
        node_type = known(catalogue, self.type)
        id = self.id or graph.fresh_id(self.type.rpartition(".")[2].lower())
        if id in graph.nodes or id in graph.retired:
            raise EditError(f"the id {id!r} is taken; choose another")
        params = {**node_type.initial_params(), **self.params}
        check(node_type, params)
        node = Node(id, node_type.name, params, self.pos)
        return with_node(graph, node), id


@dataclass(frozen=True)
class RemoveNodes:
    """Remove nodes and their wires; with `heal`, what fed a removed node feeds what it fed."""

    ids: tuple[str, ...]
    heal: bool = False

    @property
    def title(self) -> str:
        return f"delete {names_of(self.ids)}"

    def apply(self, graph: Graph, catalogue: Catalogue) -> Graph:
        for id in self.ids:
            graph = self._without(graph, node_of(graph, id).id)
        return graph

    def _without(self, graph: Graph, id: str) -> Graph:
        sources = [w.source for w in graph.incoming.get(id, ())]
        joint = sources[0] if self.heal and len(sources) == 1 else None
        wires = []
        for wire in graph.wires:
            if wire.target.node == id:
                continue
            if wire.source.node == id:
                if joint is None:
                    continue
                wire = Wire(joint, wire.target)
            wires.append(wire)
        nodes = {k: n for k, n in graph.nodes.items() if k != id}
        return replace(graph, nodes=nodes, wires=tuple(wires), retired=graph.retired | {id})


@dataclass(frozen=True)
class MoveNodes:
    """Put nodes at new positions."""

    positions: Mapping[str, Position]

    @property
    def title(self) -> str:
        return f"move {names_of(self.positions)}"

    def apply(self, graph: Graph, catalogue: Catalogue) -> Graph:
        moved = {id: replace(node_of(graph, id), pos=(float(x), float(y))) for id, (x, y) in self.positions.items()}
        return replace(graph, nodes={**graph.nodes, **moved})
