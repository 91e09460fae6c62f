"""Nodes folded into a block, and taken out of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from netstudio.errors import EditError, ParamError
from netstudio.graph.document import Endpoint, Graph, Node, Wire
from netstudio.graph.edits.base import names_of
from netstudio.graph.fragment import corner, part
from netstudio.graph.nested import COMPOSITE, SubGraph, block_of, form_of
from netstudio.graph.node_type import Catalogue
from netstudio.graph.tensor import TensorSpec


@dataclass(frozen=True)
class Group:
    """Fold nodes into one Composite. Each output outside that feeds them becomes an input port, and so on.

    `specs` says what comes out of those outputs, so that the block is right before it is wired, too.
    """

    ids: tuple[str, ...]
    name: str = "block"
    specs: Mapping[Endpoint, TensorSpec] = field(default_factory=dict)

    @property
    def title(self) -> str:
        return f"group {names_of(self.ids)}"

    def apply(self, graph: Graph, catalogue: Catalogue) -> Graph:
        return self.place(graph, catalogue)[0]

    def place(self, graph: Graph, catalogue: Catalogue) -> tuple[Graph, str]:
        """The new graph and the new node's id."""
        inside = part(graph, self.ids)
        self._refuse(graph, inside, catalogue)
        into = [w for w in graph.wires if w.target.node in inside.nodes and w.source.node not in inside.nodes]
        out = [w for w in graph.wires if w.source.node in inside.nodes and w.target.node not in inside.nodes]
        used = {w.source for w in graph.wires}
        loose = [e for e in _outputs(inside, catalogue) if e not in used]
        ins = _named("in", dict.fromkeys(w.source for w in into), inside)
        outs = _named("out", dict.fromkeys([*(w.source for w in out), *loose]), inside)
        x, y = corner(inside)
        ends = [Node(p, "Input", self._given(e), (x - 200.0, y + 90.0 * i)) for i, (e, p) in enumerate(ins.items())]
        right = max(n.pos[0] for n in inside.nodes.values()) + 200.0
        ends += [Node(port, "Output", {}, (right, y + 90.0 * i)) for i, port in enumerate(outs.values())]
        wires = [Wire(Endpoint(ins[w.source], "out"), w.target) for w in into] + list(inside.wires)
        wires += [Wire(source, Endpoint(port, "in")) for source, port in outs.items()]
        first = [n for n in ends if n.type == "Input"]
        nodes = [*first, *inside.nodes.values(), *ends[len(first) :]]
        folded = form_of(Graph("inside", {n.id: n for n in nodes}, tuple(wires)))
        id = graph.fresh_id(_stem(self.name))
        kept = {k: n for k, n in graph.nodes.items() if k not in inside.nodes}
        node = Node(id, COMPOSITE, {"graph": folded}, _middle(inside), self.name)
        rest = [_rewired(w, id, ins, outs, inside) for w in graph.wires if not _within(w, inside)]
        graph = replace(
            graph,
            nodes={**kept, id: node},
            wires=tuple(dict.fromkeys(rest)),
            retired=graph.retired | set(inside.nodes),
        )
        return graph, id

    def _given(self, source: Endpoint) -> dict[str, Any]:
        """What the Input of a port states."""
        spec = self.specs.get(source)
        if spec is None:
            return {"shape": []}
        return {"shape": list(spec.shape), **({} if spec.dtype == "float" else {"dtype": spec.dtype})}

    def _refuse(self, graph: Graph, inside: Graph, catalogue: Catalogue) -> None:
        if not inside.nodes:
            raise EditError("select the nodes that are to be one block")
        for node in inside.nodes.values():
            if node.type not in catalogue or catalogue[node.type].category in ("loss", "data"):
                raise EditError(f"{node.title} ({node.type}) can't stand in a block; leave it out of the selection")
        for node in graph.nodes.values():
            owner = catalogue.borrowed(node)
            if owner is not None and owner in graph.nodes and (owner in inside.nodes) != (node.id in inside.nodes):
                title = node.title if node.id in inside.nodes else graph.nodes[owner].title
                raise EditError(f"{title} shares weights with a node outside; group both or neither")
        _refuse_cycle(graph, inside)


@dataclass(frozen=True)
class Ungroup:
    """Put the nodes of a Composite back in its place."""

    id: str

    @property
    def title(self) -> str:
        return f"ungroup {self.id}"

    def apply(self, graph: Graph, catalogue: Catalogue) -> Graph:
        node = block_of(graph, self.id)
        if node.bypassed:
            raise EditError(f"{node.title} is bypassed; take that back before you take it apart")
        try:
            inside = SubGraph(doc="").check(node.params.get("graph", {}))
        except ParamError as error:
            raise EditError(f"{node.title} can't be taken apart: {error}") from None
        ids = {i: i if i not in graph.nodes else graph.fresh_id(i) for i, n in inside.nodes.items() if _computes(n)}
        (x, y), at = corner(part(inside, ids)), node.pos
        nodes = {}
        for old, new in ids.items():
            inner = inside.nodes[old]
            pos = (inner.pos[0] - x + at[0], inner.pos[1] - y + at[1])
            params = dict(inner.params)
            if (owner := catalogue.borrowed(inner)) in ids:
                params[catalogue[inner.type].borrows] = ids[owner]
            factor = inner.learning_rate_factor * node.learning_rate_factor
            taken = replace(inner, frozen=inner.frozen or node.frozen, learning_rate_factor=factor)
            nodes[new] = replace(taken, id=new, pos=pos, params=params)
        wires = [w for wire in graph.wires for w in _joined(wire, self.id, inside, ids, graph)]
        wires += [_moved(w, ids) for w in inside.wires if w.source.node in ids and w.target.node in ids]
        kept = {k: n for k, n in graph.nodes.items() if k != self.id}
        return replace(graph, nodes={**kept, **nodes}, wires=tuple(wires), retired=graph.retired | {self.id})


def _computes(node: Node) -> bool:
    return node.type not in ("Input", "Output")


def _moved(wire: Wire, ids: Mapping[str, str]) -> Wire:
    return Wire(*(Endpoint(ids[e.node], e.port) for e in wire))


def _joined(wire: Wire, id: str, inside: Graph, ids: Mapping[str, str], graph: Graph) -> Iterable[Wire]:
    """What an outer wire becomes when the block at one of its ends (or at both) is taken apart."""
    sources = [wire.source]
    if wire.source.node == id:
        sources = []
        for inner in inside.wires_into(wire.source.port, "in"):
            if inner.source.node in ids:
                sources.append(Endpoint(ids[inner.source.node], inner.source.port))
            else:  # straight through the block
                sources += [w.source for w in graph.wires_into(id, inner.source.node)]
    targets = [wire.target]
    if wire.target.node == id:
        inner_wires = inside.wires_from(wire.target.port, "out")
        targets = [Endpoint(ids[w.target.node], w.target.port) for w in inner_wires if w.target.node in ids]
    return [Wire(s, t) for s in sources for t in targets]


def _outputs(inside: Graph, catalogue: Catalogue) -> list[Endpoint]:
    return [Endpoint(n.id, p.name) for n in inside.nodes.values() for p in catalogue.ports(n)[1]]


def _named(stem: str, ends: Iterable[Endpoint], inside: Graph) -> dict[Endpoint, str]:
    """A port's name for each of `ends`: the stem alone where there is one, else numbered; no node's id."""
    ends = list(ends)
    names: dict[Endpoint, str] = {}
    taken = set(inside.nodes)
    for number, end in enumerate(ends, start=1):
        name = stem if len(ends) == 1 else f"{stem}{number}"
        while name in taken:
            name = f"{name}_"
        taken.add(name)
        names[end] = name
    return names


def _within(wire: Wire, inside: Graph) -> bool:
    return wire.source.node in inside.nodes and wire.target.node in inside.nodes


def _rewired(wire: Wire, id: str, ins: Mapping[Endpoint, str], outs: Mapping[Endpoint, str], inside: Graph) -> Wire:
    if wire.target.node in inside.nodes:
        return Wire(wire.source, Endpoint(id, ins[wire.source]))
    if wire.source.node in inside.nodes:
        return Wire(Endpoint(id, outs[wire.source]), wire.target)
    return wire


def _middle(inside: Graph) -> tuple[float, float]:
    xs, ys = [n.pos[0] for n in inside.nodes.values()], [n.pos[1] for n in inside.nodes.values()]
    return (min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2


def _stem(name: str) -> str:
    stem = "".join(c for c in name.lower() if c.isascii() and c.isalnum())
    return stem if stem and stem[0].isalpha() else "block"


def _refuse_cycle(graph: Graph, inside: Graph) -> None:
    """A path that leaves the nodes and comes back would be a cycle through the block."""
    todo = [w.target.node for w in graph.wires if w.source.node in inside.nodes and w.target.node not in inside.nodes]
    seen = set(todo)
    while todo:
        at = todo.pop()
        for wire in graph.outgoing.get(at, ()):
            following = wire.target.node
            if following in inside.nodes:
                raise EditError(f"{at} stands between the selected nodes; select it too, or the block feeds itself")
            if following not in seen:
                seen.add(following)
                todo.append(following)
