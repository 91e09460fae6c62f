"""What is said of nodes and of the document."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from netstudio.errors import EditError, ParamError
from netstudio.graph.document import Graph, Node
from netstudio.graph.edits.base import check, known, names_of, node_of, plain, with_node
from netstudio.graph.node_type import RATE_FACTOR, Catalogue


@dataclass(frozen=True)
class SetValues:
    """What edits of one node's values share: `reset` names those that return to their defaults."""

    id: str
    values: Mapping[str, Any] = field(default_factory=dict)
    reset: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        return f"set {', '.join([*self.values, *self.reset])} of {self.id}"


class SetParams(SetValues):
    """Give a node's parameters new values."""

    def apply(self, graph: Graph, catalogue: Catalogue) -> Graph:
        node = node_of(graph, self.id)
        kept = {k: v for k, v in node.params.items() if k not in self.reset}
        params = {**kept, **{k: plain(v) for k, v in self.values.items()}}
        check(known(catalogue, node.type), params)
        return with_node(graph, replace(node, params=params))


@dataclass(frozen=True)
class SetLabel:
    """Give a node a label, the name people see; None or "" takes it away."""

    id: str
    label: str | None

    @property
    def title(self) -> str:
        return f"rename {self.id}"

    def apply(self, graph: Graph, catalogue: Catalogue) -> Graph:
        return with_node(graph, replace(node_of(graph, self.id), label=self.label or None))


@dataclass(frozen=True)
class SetFrozen:
    """Keep a node's weights from training, or let them train again."""

    id: str
    frozen: bool

    @property
    def title(self) -> str:
        return f"{'freeze' if self.frozen else 'unfreeze'} {self.id}"

    def apply(self, graph: Graph, catalogue: Catalogue) -> Graph:
        return with_node(graph, replace(node_of(graph, self.id), frozen=self.frozen))


@dataclass(frozen=True)
class SetRateFactor:
    """Have a node's weights learn faster or slower than the others: the learning rate is multiplied by `factor`."""

    id: str
    factor: float

    @property
    def title(self) -> str:
        return f"set the learning rate factor of {self.id}"

    def apply(self, graph: Graph, catalogue: Catalogue) -> Graph:
        try:
            factor = RATE_FACTOR.check(self.factor)
        except ParamError as error:
            raise EditError(str(error)) from None
        return with_node(graph, replace(node_of(graph, self.id), learning_rate_factor=factor))


@dataclass(frozen=True)
class Bypass:
    """Have nodes do nothing: what comes into their first input goes on as it is. With `bypassed` False, work again.

    EditError where a node has no input, no output, or is a loss.
    """

    ids: tuple[str, ...]
    bypassed: bool = True

    @property
    def title(self) -> str:
        return f"{'bypass' if self.bypassed else 'take back the bypass of'} {names_of(self.ids)}"

    def apply(self, graph: Graph, catalogue: Catalogue) -> Graph:
        changed = {}
        for node in (node_of(graph, id) for id in self.ids):
            known(catalogue, node.type)
            reason = why_not_bypassed(node, catalogue) if self.bypassed else None
            if reason:
                raise EditError(reason)
            changed[node.id] = replace(node, bypassed=self.bypassed)
        return replace(graph, nodes={**graph.nodes, **changed})


def why_not_bypassed(node: Node, catalogue: Catalogue) -> str | None:
    """Why a node of a known type can't be bypassed; None where it can."""
    if catalogue[node.type].category == "loss":
        return f"{node.title} can't be bypassed: it is a loss; give it the weight 0"
    for side, ports in zip(("input", "output"), catalogue.ports(node)):
        if not ports:
            return f"{node.title} can't be bypassed: it has no {side}"
    return None


@dataclass(frozen=True)
class SetTraining:
    """Give training settings new values; None takes a setting back to its default."""

    values: Mapping[str, Any]

    @property
    def title(self) -> str:
        return f"set {', '.join(self.values)}"

    def apply(self, graph: Graph, catalogue: Catalogue) -> Graph:
        return replace(graph, training=_merged(graph.training, self.values))


@dataclass(frozen=True)
class SetData:
    """Give data settings new values; None takes a setting back to its default."""

    values: Mapping[str, Any]

    @property
    def title(self) -> str:
        return f"set data {', '.join(self.values)}"

    def apply(self, graph: Graph, catalogue: Catalogue) -> Graph:
        return replace(graph, data=_merged(graph.data, self.values))


def _merged(settings: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    merged = {**settings, **{k: plain(v) for k, v in values.items()}}
    return {k: v for k, v in merged.items() if v is not None}


@dataclass(frozen=True)
class SetName:
    """Name the document."""

    name: str
    title: str = field(default="name the graph", init=False)

    def apply(self, graph: Graph, catalogue: Catalogue) -> Graph:
        return replace(graph, name=self.name)
