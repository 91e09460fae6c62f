"""What of a document computes: everything but the nodes that are bypassed and the notes and frames."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from netstudio.graph.document import Endpoint, Graph, Wire
from netstudio.graph.infer import wiring_of
from netstudio.graph.node_type import Catalogue


def effective(graph: Graph, catalogue: Catalogue) -> Graph:
    """`graph` as the engine is to see it, itself where all of it computes.

    What reads a bypassed node reads what feeds the first of its inputs that is wired; where nothing does, nothing.
    """
    gone = [n for n in graph.nodes.values() if n.bypassed or catalogue.is_annotation(n)]
    if not gone:
        return graph
    feeds = {n.id: next((source for _port, source in wiring_of(graph, n, catalogue)), None) for n in gone}
    kept = (w for w in graph.wires if w.target.node not in feeds)
    sources = [(_upstream(w.source, feeds), w.target) for w in kept]
    nodes = {id: n for id, n in graph.nodes.items() if id not in feeds}
    return replace(graph, nodes=nodes, wires=tuple(Wire(source, target) for source, target in sources if source))


def _upstream(source: Endpoint | None, feeds: Mapping[str, Endpoint | None]) -> Endpoint | None:
    """The first output up the line that computes; None where there is none, or where the line goes round."""
    seen: set[str] = set()
    while source is not None and source.node in feeds:
        if source.node in seen:
            return None
        seen.add(source.node)
        source = feeds[source.node]
    return source
