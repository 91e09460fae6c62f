"""Parts of a graph: what is copied. A part is a graph of its own, so that it is written and read as any document."""

from __future__ import annotations

from collections.abc import Collection

from netstudio.graph.document import Graph, Position, Wire


def part(graph: Graph, ids: Collection[str]) -> Graph:
    """The nodes of `ids` that `graph` has, in its order, and the wires between them; no settings."""
    nodes = {id: node for id, node in graph.nodes.items() if id in ids}
    wires = tuple(w for w in graph.wires if w.source.node in nodes and w.target.node in nodes)
    return Graph("fragment", nodes, wires)


def incoming(graph: Graph, ids: Collection[str]) -> tuple[Wire, ...]:
    """The wires that lead from other nodes into those of `ids`, in the order of the document."""
    return tuple(w for w in graph.wires if w.target.node in ids and w.source.node not in ids)


def corner(graph: Graph) -> Position:
    """The top left corner of the nodes' positions; (0, 0) where there are none."""
    xs, ys = [n.pos[0] for n in graph.nodes.values()], [n.pos[1] for n in graph.nodes.values()]
    return min(xs, default=0.0), min(ys, default=0.0)
