"""The document: nodes, wires and settings as plain values that never change.

An edit makes a new graph that shares what it did not touch, so that undo is the graph before, a snapshot for training
costs nothing, and a view finds what changed by comparing identities.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, NamedTuple

NODE_ID = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
Position = tuple[float, float]


class Endpoint(NamedTuple):
    """One port of one node; its text form is "node.port"."""

    node: str
    port: str

    def __str__(self) -> str:
        return f"{self.node}.{self.port}"

    @classmethod
    def parse(cls, text: str) -> Endpoint:
        """Read "node.port"; ValueError where it is not that."""
        node, dot, port = text.partition(".")
        if not dot or not NODE_ID.fullmatch(node) or not NODE_ID.fullmatch(port):
            raise ValueError(f"{text!r} is not of the form 'node.port'")
        return cls(node, port)


class Wire(NamedTuple):
    """From an output port to an input port."""

    source: Endpoint
    target: Endpoint

    def __str__(self) -> str:
        return f"{self.source} → {self.target}"

    @classmethod
    def parse(cls, source: str, target: str) -> Wire:
        return cls(Endpoint.parse(source), Endpoint.parse(target))


@dataclass(frozen=True)
class Node:
    """One node; `params` holds only what differs from the type's defaults, as plain JSON values.

    `learning_rate_factor` is what the learning rate is multiplied by for its weights. A `bypassed` node does nothing:
    what comes into it goes on as it is.
    """

    id: str
    type: str
    params: Mapping[str, Any] = field(default_factory=dict)
    pos: Position = (0.0, 0.0)
    label: str | None = None
    frozen: bool = False
    learning_rate_factor: float = 1.0
    bypassed: bool = False

    @property
    def title(self) -> str:
        """What people see: the label, or the id where there is none."""
        return self.label or self.id


@dataclass(frozen=True)
class Graph:
    """A whole document. `retired` holds the ids of removed nodes, which no edit gives to another node."""

    name: str = "untitled"
    nodes: Mapping[str, Node] = field(default_factory=dict)
    wires: tuple[Wire, ...] = ()
    data: Mapping[str, Any] = field(default_factory=dict)
    training: Mapping[str, Any] = field(default_factory=dict)
    retired: frozenset[str] = field(default=frozenset(), compare=False)

    @cached_property
    def incoming(self) -> Mapping[str, tuple[Wire, ...]]:
        """The wires into each node, in the order of `wires`."""
        return _grouped((w.target.node, w) for w in self.wires)

    @cached_property
    def outgoing(self) -> Mapping[str, tuple[Wire, ...]]:
        """The wires out of each node, in the order of `wires`."""
        return _grouped((w.source.node, w) for w in self.wires)

    def wires_into(self, node: str, port: str) -> tuple[Wire, ...]:
        return tuple(w for w in self.incoming.get(node, ()) if w.target.port == port)

    def wires_from(self, node: str, port: str) -> tuple[Wire, ...]:
        return tuple(w for w in self.outgoing.get(node, ()) if w.source.port == port)

    def fresh_id(self, stem: str) -> str:
        """An id that no node of this document has or had: "dense1", "dense2", ..."""
        number = 1
        while (name := f"{stem}{number}") in self.nodes or name in self.retired:
            number += 1
        return name


def settled(graph: Graph, before: Graph) -> Graph:
    """`graph` made of the parts of `before` as far as they are equal, so that what changed is found by identity."""
    nodes = {id: old if (old := before.nodes.get(id)) == node else node for id, node in graph.nodes.items()}
    return replace(graph, nodes=nodes, wires=before.wires if graph.wires == before.wires else graph.wires)


def _grouped(pairs: Iterable[tuple[str, Wire]]) -> dict[str, tuple[Wire, ...]]:
    groups: dict[str, list[Wire]] = {}
    for key, wire in pairs:
        groups.setdefault(key, []).append(wire)
    return {key: tuple(wires) for key, wires in groups.items()}
