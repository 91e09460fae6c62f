"""Graphs inside graphs: a parameter that holds nodes and wires, and their form in a document.

The ports of a folded graph are its Input and Output nodes, by their ids.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import inf
from typing import Any

from netstudio.errors import EditError, ParamError
from netstudio.graph.document import NODE_ID, Graph, Node, Wire
from netstudio.graph.node_type import Port
from netstudio.graph.params import Param

COMPOSITE = "Composite"
OUTSIDE = ("Target",)  # types that make sense in the whole graph alone; losses are the others
NODE_KEYS = {"id", "type", "params", "pos", "label", "frozen", "learning_rate_factor", "bypassed"}
FORM = '{"nodes": [...], "wires": [...]} as in a document'


# Forms that were read last, by identity, with their graphs: forms never change, and are asked for again and again.
_READ: dict[int, tuple[Any, Graph]] = {}
_MOST_READ = 64


class SubGraph(Param[Graph]):
    """Nodes and wires in a document's form; the checked value is a Graph."""

    kind = "graph"

    def _expected(self) -> str:
        return FORM

    def _check(self, value: Any) -> Graph:
        if isinstance(value, Graph):
            return value
        known = _READ.get(id(value))
        if known is not None and known[0] is value:
            return known[1]
        if not isinstance(value, Mapping) or set(value) - {"nodes", "wires"}:
            raise TypeError
        graph = self._read(value)
        _READ[id(value)] = (value, graph)
        while len(_READ) > _MOST_READ:
            _READ.pop(next(iter(_READ)), None)
        return graph

    def _read(self, value: Mapping[str, Any]) -> Graph:
        nodes = [self._node(n) for n in _list(value.get("nodes", []))]
        wires = [self._wire(w) for w in _list(value.get("wires", []))]
        made = {n.id: n for n in nodes}
        if len(made) < len(nodes):
            raise ParamError(f"{self.name}: two nodes have one id; give each its own", self.name)
        for end in (end for wire in wires for end in wire if end.node not in made):
            raise ParamError(f"{self.name}: a wire names the node {end.node!r}, which is not in it", self.name)
        return Graph("inside", made, tuple(wires))

    def _node(self, form: Any) -> Node:
        if not isinstance(form, Mapping) or set(form) - NODE_KEYS:
            raise TypeError
        id, type, params, pos = form.get("id"), form.get("type"), form.get("params", {}), form.get("pos", [0.0, 0.0])
        label, frozen, factor = form.get("label"), form.get("frozen", False), form.get("learning_rate_factor", 1.0)
        right = (
            isinstance(id, str)
            and NODE_ID.fullmatch(id)
            and isinstance(type, str)
            and isinstance(params, Mapping)
            and isinstance(label, (str, None.__class__))
            and isinstance(frozen, bool)
            and isinstance(form.get("bypassed", False), bool)
            and isinstance(factor, (int, float))
            and not isinstance(factor, bool)
            and 0 <= factor < inf
        )
        if not right:
            raise ParamError(f"{self.name}: {str(form)[:60]} is no node; expected {FORM}", self.name)
        x, y = _list(pos)
        place, bypassed = (float(x), float(y)), bool(form.get("bypassed", False))
        return Node(str(id), str(type), dict(params), place, label, frozen, float(factor), bypassed)

    def _wire(self, form: Any) -> Wire:
        source, target = _list(form)
        if not isinstance(source, str) or not isinstance(target, str):
            raise TypeError
        return Wire.parse(source, target)


def _list(value: Any) -> Sequence[Any]:
    if not isinstance(value, (list, tuple)):
        raise TypeError
    return value


def form_of(graph: Graph) -> dict[str, Any]:
    """The nodes and wires as a document holds them."""
    return {
        "nodes": [form_of_node(n) for n in graph.nodes.values()],
        "wires": [[str(w.source), str(w.target)] for w in graph.wires],
    }


def form_of_node(node: Node) -> dict[str, Any]:
    """A node as a document holds it; what has its default is left out."""
    form: dict[str, Any] = {"id": node.id, "type": node.type}
    if node.label is not None:
        form["label"] = node.label
    if node.params:
        form["params"] = dict(node.params)
    if node.frozen:
        form["frozen"] = True
    if node.learning_rate_factor != 1.0:
        form["learning_rate_factor"] = node.learning_rate_factor
    if node.bypassed:
        form["bypassed"] = True
    return {**form, "pos": [int(c) if float(c).is_integer() else c for c in node.pos]}


def ports_of(graph: Graph) -> tuple[tuple[Port, ...], tuple[Port, ...]]:
    """The input and output ports of a graph that is folded into a node."""
    inputs, outputs = (tuple(Port(n.id) for n in graph.nodes.values() if n.type == t) for t in ("Input", "Output"))
    return inputs, outputs


def block_of(graph: Graph, id: str) -> Node:
    """The Composite of that id; EditError where there is none."""
    node = graph.nodes.get(id)
    if node is None or node.type != COMPOSITE:
        raise EditError(f"{id!r} is no block")
    return node
