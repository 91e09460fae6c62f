"""Parts of a graph as text: what copy puts on the clipboard and paste reads.

A fragment is a graph document of some nodes and the wires between them, without data and training settings, so that
a whole document can be pasted too and a copied part can be saved as a file.
"""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from netstudio.errors import DocumentError, suggestion
from netstudio.graph.document import NODE_ID, Graph, Node, Position, Wire
from netstudio.graph.edits import plain

FORMAT, VERSION = "netstudio/graph", 1
LIMIT = 16 * 2**20  # characters; more than this on a clipboard is no graph
_NODE_KEYS = ("id", "type", "params", "pos", "label", "frozen")


@dataclass(frozen=True)
class Fragment:
    """Some nodes and the wires between them."""

    nodes: tuple[Node, ...]
    wires: tuple[Wire, ...]

    @classmethod
    def of(cls, graph: Graph, ids: Collection[str]) -> Fragment:
        """The nodes of `ids` that `graph` has, in its order, and the wires between them."""
        nodes = tuple(n for id, n in graph.nodes.items() if id in ids)
        kept = {n.id for n in nodes}
        return cls(nodes, tuple(w for w in graph.wires if w.source.node in kept and w.target.node in kept))

    @property
    def corner(self) -> Position:
        """The top left corner of the nodes' positions; (0, 0) where there are none."""
        xs, ys = [n.pos[0] for n in self.nodes], [n.pos[1] for n in self.nodes]
        return min(xs, default=0.0), min(ys, default=0.0)

    def to_text(self) -> str:
        """The fragment as a graph document (JSON)."""
        nodes = [_written(node) for node in self.nodes]
        wires = [[str(w.source), str(w.target)] for w in self.wires]
        document = {"format": FORMAT, "version": VERSION, "name": "fragment", "nodes": nodes, "wires": wires}
        return json.dumps(document, ensure_ascii=False, indent=1)

    @classmethod
    def parse(cls, text: str) -> Fragment:
        """Read a graph document's nodes and wires; DocumentError says what is wrong and where.

        Types and parameters are not looked at: the edit that adds the nodes does that.
        """
        if len(text) > LIMIT:
            raise DocumentError(
                f"the text is too long for a graph: {len(text):,} characters, at most {LIMIT:,} are read"
            )
        try:
            document = json.loads(text, parse_constant=_no_constant)
        except (ValueError, RecursionError) as error:
            raise DocumentError(f"the text is no graph: not JSON ({error}); copy some nodes first") from None
        if not isinstance(document, Mapping) or document.get("format") != FORMAT:
            raise DocumentError(f'the text is no graph: expected a JSON object with "format": "{FORMAT}"')
        if document.get("version") != VERSION:
            raise DocumentError(f"the graph has the version {document.get('version')!r}; this program reads {VERSION}")
        nodes = tuple(_node(value, f"nodes[{i}]") for i, value in enumerate(_list(document, "nodes")))
        wires = tuple(_wire(value, f"wires[{i}]") for i, value in enumerate(_list(document, "wires")))
        return cls._checked(nodes, wires)

    @classmethod
    def _checked(cls, nodes: tuple[Node, ...], wires: tuple[Wire, ...]) -> Fragment:
        known: set[str] = set()
        for i, node in enumerate(nodes):
            if node.id in known:
                raise DocumentError(f"nodes[{i}]: the id {node.id!r} stands twice; ids must differ")
            known.add(node.id)
        for i, wire in enumerate(wires):
            for end in wire:
                if end.node not in known:
                    raise DocumentError(f"wires[{i}]: there is no node {end.node!r}{suggestion(end.node, known)}")
        return cls(nodes, wires)


def _written(node: Node) -> dict[str, Any]:
    value: dict[str, Any] = {"id": node.id, "type": node.type, "params": plain(node.params), "pos": list(node.pos)}
    if node.label is not None:
        value["label"] = node.label
    if node.frozen:
        value["frozen"] = True
    return value


def _list(document: Mapping[str, Any], key: str) -> list[Any]:
    value = document.get(key, [])
    if not isinstance(value, list):
        raise DocumentError(f"{key} is {_shown(value)}; expected a list")
    return value


def _node(value: Any, where: str) -> Node:
    if not isinstance(value, Mapping):
        raise DocumentError(f"{where} is {_shown(value)}; expected an object with id and type")
    for key in value:
        if key not in _NODE_KEYS:
            near = suggestion(key, _NODE_KEYS) or f"; a node has {', '.join(_NODE_KEYS)}"
            raise DocumentError(f"{where} has the unknown key {key!r}{near}")
    id: Any = value.get("id")
    type: Any = value.get("type")
    params, label, frozen = value.get("params", {}), value.get("label"), value.get("frozen", False)
    _require(
        isinstance(id, str) and bool(NODE_ID.fullmatch(id)), where, "id", id, "letters, digits and _, a letter first"
    )
    _require(isinstance(type, str), where, "type", type, "the name of a node type")
    _require(isinstance(params, Mapping), where, "params", params, "an object")
    _require(label is None or isinstance(label, str), where, "label", label, "text")
    _require(isinstance(frozen, bool), where, "frozen", frozen, "true or false")
    return Node(id, type, dict(params), _position(value.get("pos", [0, 0]), where), label, frozen)


def _position(value: Any, where: str) -> Position:
    numbers = isinstance(value, list) and len(value) == 2 and all(type(v) in (int, float) for v in value)
    _require(
        numbers and all(math.isfinite(v) and abs(v) < 1e9 for v in value), where, "pos", value, "two numbers [x, y]"
    )
    return float(value[0]), float(value[1])


def _wire(value: Any, where: str) -> Wire:
    pair = isinstance(value, list) and len(value) == 2 and all(isinstance(v, str) for v in value)
    if not pair:
        raise DocumentError(f'{where} is {_shown(value)}; expected ["node.port", "node.port"]')
    try:
        return Wire.parse(*value)
    except ValueError as error:
        raise DocumentError(f"{where}: {error}") from None


def _require(fine: bool, where: str, key: str, value: Any, expected: str) -> None:
    if not fine:
        raise DocumentError(f"{where}.{key} is {_shown(value)}; expected {expected}")


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is no JSON number")


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else text[:57] + "..."
