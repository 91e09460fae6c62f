"""What an edit is, several as one, and what edits share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol, runtime_checkable

from netstudio.errors import EditError, ParamError
from netstudio.graph.document import Graph, Node
from netstudio.graph.node_type import Catalogue


@runtime_checkable
class Edit(Protocol):
    """A change that can be made to a document."""

    @property
    def title(self) -> str: ...

    def apply(self, graph: Graph, catalogue: Catalogue) -> Graph: ...


@dataclass(frozen=True)
class Several:
    """Some edits as one step."""

    title: str
    edits: tuple[Edit, ...]

    def apply(self, graph: Graph, catalogue: Catalogue) -> Graph:
        for edit in self.edits:
            graph = edit.apply(graph, catalogue)
        return graph


def plain(value: Any) -> Any:
    """`value` as JSON would give it back: tuples become lists."""
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    if isinstance(value, Mapping):
        return {k: plain(v) for k, v in value.items()}
    return value


def known(catalogue: Catalogue, type_name: str) -> Any:
    """The node type of that name; EditError where there is none."""
    try:
        return catalogue[type_name]
    except ParamError as error:
        raise EditError(str(error)) from None


def check(node_type: Any, params: Mapping[str, Any]) -> None:
    """EditError where the type would not have these parameters."""
    try:
        node_type(**params)
    except ParamError as error:
        raise EditError(str(error)) from None


def node_of(graph: Graph, id: str) -> Node:
    """The node of that id; EditError where there is none."""
    try:
        return graph.nodes[id]
    except KeyError:
        raise EditError(f"there is no node {id!r}") from None


def with_node(graph: Graph, node: Node) -> Graph:
    """The graph with `node` as the one of its id."""
    return replace(graph, nodes={**graph.nodes, node.id: node})


def names_of(ids: Iterable[str]) -> str:
    """Nodes as a title tells of them."""
    ids = list(ids)
    return ids[0] if len(ids) == 1 else f"{len(ids)} nodes"
