"""Every change that can be made to a document: values with a title, each making a new graph from an old one.

`edit.apply(graph, catalogue)` returns the new graph or raises EditError with the reason; it never changes the old one.
`edit.title` is what Undo shows. Edits carry ids and plain values.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, runtime_checkable

from netstudio.errors import EditError, ParamError
from netstudio.graph.document import Endpoint, Graph, Node, Position, Wire
from netstudio.graph.node_type import RATE_FACTOR, Catalogue

STEP = 200.0  # how far apart nodes in a row stand


@runtime_checkable
class Edit(Protocol):
    """A change that can be made to a document."""

    @property
    def title(self) -> str: ...

    def apply(self, graph: Graph, catalogue: Catalogue) -> Graph: ...


@dataclass(frozen=True)
class AddNode:
    """Add a node of `type`; without `id` it gets a fresh one made from the type ("conv2d1")."""

    type: str
    params: Mapping[str, Any] = field(default_factory=dict)
    pos: Position = (0.0, 0.0)
    id: str | None = None

    @property
    def title(self) -> str:
        return f"add {self.type}"

    def apply(self, graph: Graph, catalogue: Catalogue) -> Graph:
        return self.place(graph, catalogue)[0]

    def place(self, graph: Graph, catalogue: Catalogue) -> tuple[Graph, str]:
        """The new graph and the new node's id."""
        node_type = _known(catalogue, self.type)
        id = self.id or graph.fresh_id(self.type.rpartition(".")[2].lower())
        if id in graph.nodes or id in graph.retired:
            raise EditError(f"the id {id!r} is taken; choose another")
        params = {**node_type.initial_params(), **self.params}
        _check(node_type, params)
        node = Node(id, node_type.name, params, self.pos)
        return replace(graph, nodes={**graph.nodes, id: node}), id


@dataclass(frozen=True)
class RemoveNodes:
    """Remove nodes and their wires; with `heal`, what fed a removed node feeds what it fed."""

    ids: tuple[str, ...]
    heal: bool = False

    @property
    def title(self) -> str:
        return f"delete {_names(self.ids)}"

    def apply(self, graph: Graph, catalogue: Catalogue) -> Graph:
        for id in self.ids:
            graph = self._without(graph, _node(graph, id).id)
        return graph

    def _without(self, graph: Graph, id: str) -> Graph:
        sources = [w.source for w in graph.incoming.get(id, ())]
        joint = sources[0] if self.heal and len(sources) == 1 else None
        wires = []
        for wire in graph.wires:
            if wire.target.node == id:
                continue
            if wire.source.node == id:
                if joint is None:
                    continue
                wire = Wire(joint, wire.target)
            wires.append(wire)
        nodes = {k: n for k, n in graph.nodes.items() if k != id}
        return replace(graph, nodes=nodes, wires=tuple(wires), retired=graph.retired | {id})


@dataclass(frozen=True)
class Connect:
    """Wire an output to an input; a wire that is there already gives way, unless the input is variadic."""

    source: Endpoint
    target: Endpoint

    @property
    def title(self) -> str:
        return f"connect {self.source} to {self.target}"

    def apply(self, graph: Graph, catalogue: Catalogue) -> Graph:
        reason = refusal(graph, catalogue, self.source, self.target)
        if reason:
            raise EditError(reason)
        port = catalogue.input_port(graph.nodes[self.target.node], self.target.port)
        kept = graph.wires
        if port is not None and not port.variadic:
            kept = tuple(w for w in kept if w.target != self.target)
        return replace(graph, wires=(*kept, Wire(self.source, self.target)))


def refusal(graph: Graph, catalogue: Catalogue, source: Endpoint, target: Endpoint) -> str | None:
    """Why a wire from `source` to `target` can't be, in words; None where it can. Shapes are not looked at."""
    for end, side in ((source, "output"), (target, "input")):
        node = graph.nodes.get(end.node)
        if node is None:
            return f"there is no node {end.node!r}"
        if node.type not in catalogue:
            return f"{node.title} is of the unknown type {node.type!r}"
        ports = catalogue.ports(node)[side == "output"]
        if end.port not in [p.name for p in ports]:
            have = ", ".join(p.name for p in ports) or "none"
            return f"{node.title} has no {side} {end.port!r} (it has {have})"
    if source.node == target.node:
        return f"{graph.nodes[source.node].title} can't feed itself"
    if _leads_to(graph, target.node, source.node):
        return f"a wire from {source.node} to {target.node} would close a cycle"
    return None


def _leads_to(graph: Graph, start: str, goal: str) -> bool:
    seen, todo = {start}, [start]
    while todo:
        for wire in graph.outgoing.get(todo.pop(), ()):
            if wire.target.node == goal:
                return True
            if wire.target.node not in seen:
                seen.add(wire.target.node)
                todo.append(wire.target.node)
    return False


@dataclass(frozen=True)
class Disconnect:
    """Remove one wire (the first of them, where the same wire stands twice)."""

    wire: Wire

    @property
    def title(self) -> str:
        return f"disconnect {self.wire.source} from {self.wire.target}"

    def apply(self, graph: Graph, catalogue: Catalogue) -> Graph:
        if self.wire not in graph.wires:
            raise EditError(f"there is no wire {self.wire}")
        at = graph.wires.index(self.wire)
        return replace(graph, wires=graph.wires[:at] + graph.wires[at + 1 :])


@dataclass(frozen=True)
class InsertOnWire:
    """Put a node that is not wired yet, or a new one of `type`, in the middle of a wire."""

    wire: Wire
    type: str
    params: Mapping[str, Any] = field(default_factory=dict)
    pos: Position | None = None
    existing: str | None = None

    @property
    def title(self) -> str:
        return f"insert {self.type} between {self.wire.source.node} and {self.wire.target.node}"

    def apply(self, graph: Graph, catalogue: Catalogue) -> Graph:
        node_type = _known(catalogue, self.type)
        if self.wire not in graph.wires:
            raise EditError(f"there is no wire {self.wire}")
        id = self.existing
        asked = Node("", node_type.name, self.params) if id is None else _node(graph, id)
        inputs, outputs = catalogue.ports(asked)
        if not inputs or not outputs:
            raise EditError(f"{self.type} can't stand on a wire: it has no {'output' if inputs else 'input'}")
        if id is None:
            a, b = graph.nodes[self.wire.source.node].pos, graph.nodes[self.wire.target.node].pos
            middle = ((a[0] + b[0]) / 2, (a[1] + b[1]) / 2)
            graph, id = AddNode(self.type, self.params, self.pos or middle).place(graph, catalogue)
        into = Wire(self.wire.source, Endpoint(id, inputs[0].name))
        out = Wire(Endpoint(id, outputs[0].name), self.wire.target)
        at = graph.wires.index(self.wire)  # the place of a wire is its order at a variadic port
        return replace(graph, wires=(*graph.wires[:at], into, out, *graph.wires[at + 1 :]))


@dataclass(frozen=True)
class Bypass:
    """Have nodes do nothing: what comes into their first input goes on as it is. With `bypassed` False, work again.

    EditError where a node has no input, no output, or is a loss.
    """

    ids: tuple[str, ...]
    bypassed: bool = True

    @property
    def title(self) -> str:
        return f"{'bypass' if self.bypassed else 'take back the bypass of'} {_names(self.ids)}"

    def apply(self, graph: Graph, catalogue: Catalogue) -> Graph:
        changed = {}
        for node in (_node(graph, id) for id in self.ids):
            _known(catalogue, node.type)
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
class InsertBefore:
    """Put a new node on the wire into `target`: how a shape is repaired."""

    type: str
    params: Mapping[str, Any]
    target: Endpoint

    @property
    def title(self) -> str:
        return f"insert {self.type} before {self.target.node}"

    def apply(self, graph: Graph, catalogue: Catalogue) -> Graph:
        wires = graph.wires_into(self.target.node, self.target.port)
        if not wires:
            raise EditError(f"nothing is wired into {self.target}")
        return InsertOnWire(wires[0], self.type, self.params).apply(graph, catalogue)


@dataclass(frozen=True)
class MoveNodes:
    """Put nodes at new positions."""

    positions: Mapping[str, Position]

    @property
    def title(self) -> str:
        return f"move {_names(self.positions)}"

    def apply(self, graph: Graph, catalogue: Catalogue) -> Graph:
        moved = {id: replace(_node(graph, id), pos=(float(x), float(y))) for id, (x, y) in self.positions.items()}
        return replace(graph, nodes={**graph.nodes, **moved})


@dataclass(frozen=True)
class SetParams:
    """Give a node's parameters new values; `reset` names those that return to their defaults."""

    id: str
    values: Mapping[str, Any] = field(default_factory=dict)
    reset: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        return f"set {', '.join([*self.values, *self.reset])} of {self.id}"

    def apply(self, graph: Graph, catalogue: Catalogue) -> Graph:
        node = _node(graph, self.id)
        kept = {k: v for k, v in node.params.items() if k not in self.reset}
        params = {**kept, **{k: plain(v) for k, v in self.values.items()}}
        _check(_known(catalogue, node.type), params)
        return replace(graph, nodes={**graph.nodes, self.id: replace(node, params=params)})


@dataclass(frozen=True)
class SetLabel:
    """Give a node a label, the name people see; None or "" takes it away."""

    id: str
    label: str | None

    @property
    def title(self) -> str:
        return f"rename {self.id}"

    def apply(self, graph: Graph, catalogue: Catalogue) -> Graph:
        node = replace(_node(graph, self.id), label=self.label or None)
        return replace(graph, nodes={**graph.nodes, self.id: node})


@dataclass(frozen=True)
class SetFrozen:
    """Keep a node's weights from training, or let them train again."""

    id: str
    frozen: bool

    @property
    def title(self) -> str:
        return f"{'freeze' if self.frozen else 'unfreeze'} {self.id}"

    def apply(self, graph: Graph, catalogue: Catalogue) -> Graph:
        node = replace(_node(graph, self.id), frozen=self.frozen)
        return replace(graph, nodes={**graph.nodes, self.id: node})


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
        node = replace(_node(graph, self.id), learning_rate_factor=factor)
        return replace(graph, nodes={**graph.nodes, self.id: node})


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


@dataclass(frozen=True)
class SetName:
    """Name the document."""

    name: str
    title: str = field(default="name the graph", init=False)

    def apply(self, graph: Graph, catalogue: Catalogue) -> Graph:
        return replace(graph, name=self.name)


@dataclass(frozen=True)
class AddNodes:
    """Add copies of nodes with the wires between them, under fresh ids, moved by `offset`: paste and duplicate.

    `incoming` wires lead from nodes that are there into the copies: what fed the originals feeds them too, as far as
    it is still there.
    """

    nodes: tuple[Node, ...]
    wires: tuple[Wire, ...]
    offset: Position = (24.0, 24.0)
    title: str = "paste"
    incoming: tuple[Wire, ...] = ()

    def apply(self, graph: Graph, catalogue: Catalogue) -> Graph:
        return self.place(graph, catalogue)[0]

    def place(self, graph: Graph, catalogue: Catalogue) -> tuple[Graph, tuple[str, ...]]:
        """The new graph and the new nodes' ids, in the order of `nodes`."""
        renamed: dict[str, str] = {}
        for node in self.nodes:
            pos = (node.pos[0] + self.offset[0], node.pos[1] + self.offset[1])
            graph, id = AddNode(node.type, node.params, pos).place(graph, catalogue)
            renamed[node.id] = id
            made = graph.nodes[id]
            copy = replace(node, id=id, type=made.type, params=made.params, pos=pos)
            graph = replace(graph, nodes={**graph.nodes, id: copy})
        for id in renamed.values():  # a copy that shares weights shares those of the owner's copy, where there is one
            copy = graph.nodes[id]
            if (owner := catalogue.borrowed(copy)) in renamed:
                params = {**copy.params, catalogue[copy.type].borrows: renamed[owner]}
                graph = replace(graph, nodes={**graph.nodes, id: replace(copy, params=params)})
        wires = [w for w in self.wires if w.source.node in renamed and w.target.node in renamed]
        copied = [Wire(*(Endpoint(renamed[e.node], e.port) for e in w)) for w in wires]
        into = [Wire(w.source, Endpoint(renamed[w.target.node], w.target.port)) for w in self.incoming]
        copied += [w for w in into if refusal(graph, catalogue, *w) is None]
        graph = replace(graph, wires=(*graph.wires, *copied))
        return graph, tuple(renamed.values())


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


def _merged(settings: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    merged = {**settings, **{k: plain(v) for k, v in values.items()}}
    return {k: v for k, v in merged.items() if v is not None}


def _known(catalogue: Catalogue, type_name: str) -> Any:
    try:
        return catalogue[type_name]
    except ParamError as error:
        raise EditError(str(error)) from None


def _check(node_type: Any, params: Mapping[str, Any]) -> None:
    try:
        node_type(**params)
    except ParamError as error:
        raise EditError(str(error)) from None


def _node(graph: Graph, id: str) -> Node:
    try:
        return graph.nodes[id]
    except KeyError:
        raise EditError(f"there is no node {id!r}") from None


def _names(ids: Iterable[str]) -> str:
    ids = list(ids)
    return ids[0] if len(ids) == 1 else f"{len(ids)} nodes"
