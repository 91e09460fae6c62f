"""The insides of blocks as graphs that can be walked and edited. A path leads there: ids of blocks, outermost first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from netstudio.errors import EditError, ParamError
from netstudio.graph.document import Graph, Node
from netstudio.graph.nested import COMPOSITE, OUTSIDE, SubGraph, block_of, form_of, ports_of
from netstudio.graph.node_type import Catalogue

if TYPE_CHECKING:
    from netstudio.graph.edits import Edit

Path = tuple[str, ...]
_FORM = SubGraph({}, doc="")


@dataclass(frozen=True)
class Inside:
    """An edit of the graph inside a block, as an edit of the graph that the block stands in.

    Wires to ports that the block has no more go, and so does what it shows of nodes that are gone. EditError where the
    path leads to no block, or where what the edit makes can't stand in one.
    """

    path: Path
    edit: Edit

    @property
    def title(self) -> str:
        return self.edit.title

    def apply(self, graph: Graph, catalogue: Catalogue) -> Graph:
        if not self.path:
            return self.edit.apply(graph, catalogue)
        id, rest = self.path[0], self.path[1:]
        before = inside(graph, id)
        after = Inside(rest, self.edit).apply(before, catalogue)
        if after == before:
            return graph
        return _with_inside(graph, id, after, catalogue)


def inside(graph: Graph, id: str) -> Graph:
    """The graph inside a block; EditError where the node is no block or can't be read."""
    node = block_of(graph, id)
    try:
        found: Graph = _FORM.check(node.params.get("graph", {}))
    except ParamError as error:
        raise EditError(f"{node.title} can't be opened: {error}") from None
    gone = {r.removeprefix(f"{id}/") for r in graph.retired if r.startswith(f"{id}/")}
    return replace(found, retired=frozenset(gone))


def walk(graph: Graph, path: Path = ()) -> Iterator[tuple[Path, Node]]:
    """Every node with the path of the block it stands in, a block before what is inside it."""
    for node in graph.nodes.values():
        yield path, node
        if node.type == COMPOSITE:
            try:
                within = inside(graph, node.id)
            except EditError:
                continue  # what can't be read is told by its analysis
            yield from walk(within, (*path, node.id))


def blocks_on(graph: Graph, path: Path) -> Iterator[Node]:
    """The blocks that `path` leads through; EditError where it leads to no block."""
    for id in path:
        block, graph = block_of(graph, id), inside(graph, id)
        yield block


def _with_inside(graph: Graph, id: str, after: Graph, catalogue: Catalogue) -> Graph:
    node = graph.nodes[id]
    _refuse(after, node, catalogue)
    params = {**node.params, "graph": form_of(after)}
    if (shown := _still_shown(node, after)) != node.params.get("exposed"):
        params["exposed"] = shown
    try:
        catalogue[COMPOSITE](**params)
    except ParamError as error:
        raise EditError(f"{node.title}: {error}") from None
    inputs, outputs = ({p.name for p in ports} for ports in ports_of(after))
    wires = tuple(
        w
        for w in graph.wires
        if (w.target.node != id or w.target.port in inputs) and (w.source.node != id or w.source.port in outputs)
    )
    retired = graph.retired | {f"{id}/{gone}" for gone in after.retired}
    return replace(graph, nodes={**graph.nodes, id: replace(node, params=params)}, wires=wires, retired=retired)


def _still_shown(block: Node, after: Graph) -> Any:
    """What the block exposes, as its params have it, less what nodes had that are gone."""
    exposed = block.params.get("exposed")
    if not isinstance(exposed, Mapping):
        return exposed
    kept = {}
    for name, value in exposed.items():
        places = value if isinstance(value, (list, tuple)) else [value]
        left = [place for place in places if str(place).partition(".")[0] in after.nodes]
        if left:
            kept[name] = value if len(left) == len(places) else left
    return kept


def _refuse(after: Graph, block: Node, catalogue: Catalogue) -> None:
    for node in after.nodes.values():
        if node.type in OUTSIDE or (node.type in catalogue and catalogue[node.type].category == "loss"):
            raise EditError(f"{node.title} ({node.type}) can't stand in a block; leave {block.title} and add it there")
