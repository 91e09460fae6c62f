"""Which layer follows which: `python -m netstudio.bench.followers` counts it in the samples and the workloads.

The editor offers first what followed most often. Written to `resources/followers.json`; a test says when it is stale.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise

from netstudio.bench.workloads import WORKLOADS, workload
from netstudio.catalogue import CATALOGUE
from netstudio.files.atomic import write_text
from netstudio.files.documents import load_graph
from netstudio.graph import Graph, Node
from netstudio.graph.inside import Path, inside, walk
from netstudio.layers import LAYERS
from netstudio.layers.activations import Activation
from netstudio.resources import RESOURCES, SAMPLES

TABLE = RESOURCES / "followers.json"
Table = Mapping[str, Mapping[str, int]]


def counted(graphs: Iterable[Graph]) -> dict[str, dict[str, int]]:
    """For each type what came after it, and in how many graphs; the commonest first, then by name."""
    counts: dict[str, Counter[str]] = {}
    for graph in graphs:
        for before, after in set(pairs(graph)):
            counts.setdefault(before, Counter())[after] += 1
    return {
        before: dict(sorted(counts[before].items(), key=lambda pair: (-pair[1], pair[0]))) for before in sorted(counts)
    }


def pairs(graph: Graph) -> Iterator[tuple[str, str]]:
    """(type, type that reads it) for every wire, in blocks too.

    An activation that a layer takes by name counts as the layer that follows it, a shared layer as what it shares.
    """
    for level in _levels(graph):
        chains = {id: _chain(level, node) for id, node in level.nodes.items()}
        for chain in chains.values():
            yield from pairwise(chain)
        for wire in level.wires:
            yield chains[wire.source.node][-1], chains[wire.target.node][0]


def everything() -> Iterator[Graph]:
    """The graphs that are counted."""
    yield from (load_graph(path) for path in sorted(SAMPLES.glob("*.json")))
    yield from (workload(name) for name in WORKLOADS)


def as_text(table: Table) -> str:
    """The file: a type a line."""
    lines = (f"  {json.dumps(before)}: {json.dumps(after)}" for before, after in table.items())
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _levels(graph: Graph) -> Iterator[Graph]:
    yield graph
    for path, node in walk(graph):
        if node.type == "Composite":
            yield _at(graph, (*path, node.id))


def _at(graph: Graph, path: Path) -> Graph:
    for id in path:
        graph = inside(graph, id)
    return graph


def _chain(graph: Graph, node: Node) -> list[str]:
    """The type of a node, and that of its activation."""
    owner = CATALOGUE.borrowed(node)
    node = graph.nodes.get(owner, node) if owner is not None else node
    name = node.params.get("activation", "linear")
    named = (t.name for t in LAYERS if issubclass(t, Activation) and t.activation_name == name)
    return [node.type, *named] if name != "linear" else [node.type]


def main() -> None:
    write_text(TABLE, as_text(counted(everything())))


if __name__ == "__main__":
    main()
