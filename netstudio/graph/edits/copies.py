"""Copies of nodes with the wires between them."""

from __future__ import annotations

from dataclasses import dataclass, replace

from netstudio.graph.document import Endpoint, Graph, Node, Position, Wire
from netstudio.graph.edits.base import with_node
from netstudio.graph.edits.nodes import AddNode
from netstudio.graph.edits.wires import refusal
from netstudio.graph.node_type import Catalogue


@dataclass(frozen=True)
class AddNodes:
    """Add copies of nodes with the wires between them, under fresh ids, moved by `offset`: paste and duplicate.

    `incoming` wires lead from nodes that are there into the copies: what fed the originals feeds them too, as far as
    it is still there.
    """

    nodes: tuple[Node, ...]
    wires: tuple[Wire, ...]
    offset: Position = (24.0, 24.0)
    title: str = "paste"
    incoming: tuple[Wire, ...] = ()

    def apply(self, graph: Graph, catalogue: Catalogue) -> Graph:
        return self.place(graph, catalogue)[0]

    def place(self, graph: Graph, catalogue: Catalogue) -> tuple[Graph, tuple[str, ...]]:
        """The new graph and the new nodes' ids, in the order of `nodes`."""
        renamed: dict[str, str] = {}
        for node in self.nodes:
            pos = (node.pos[0] + self.offset[0], node.pos[1] + self.offset[1])
            graph, id = AddNode(node.type, node.params, pos).place(graph, catalogue)
            renamed[node.id] = id
            made = graph.nodes[id]
            copy = replace(node, id=id, type=made.type, params=made.params, pos=pos)
            graph = with_node(graph, copy)
        for id in renamed.values():  # a copy that shares weights shares those of the owner's copy, where there is one
            copy = graph.nodes[id]
            if (owner := catalogue.borrowed(copy)) in renamed:
                params = {**copy.params, catalogue[copy.type].borrows: renamed[owner]}
                graph = with_node(graph, replace(copy, params=params))
        wires = [w for w in self.wires if w.source.node in renamed and w.target.node in renamed]
        copied = [Wire(*(Endpoint(renamed[e.node], e.port) for e in w)) for w in wires]
        into = [Wire(w.source, Endpoint(renamed[w.target.node], w.target.port)) for w in self.incoming]
        copied += [w for w in into if refusal(graph, catalogue, *w) is None]
        graph = replace(graph, wires=(*graph.wires, *copied))
        return graph, tuple(renamed.values())
