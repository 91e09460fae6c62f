"""From a graph to what is known about it: order, shapes, weights, problems. Run after every edit.

Nodes never change, so what was found for a node stands as long as it is the same node with the same inputs: an edit
pays for what it touched and for a walk over the rest.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from netstudio.errors import ParamError, ShapeError, suggestion
from netstudio.graph import edits
from netstudio.graph.document import Endpoint, Graph, Node
from netstudio.graph.inside import Inside
from netstudio.graph.nested import COMPOSITE
from netstudio.graph.node_type import Catalogue, NodeType, WeightSpec
from netstudio.graph.problems import FeedBy, Hint, Problem, Repair, SetParam
from netstudio.graph.tensor import TensorSpec

Specs = tuple[TensorSpec, ...]


@dataclass(frozen=True)
class NodeFacts:
    """What is known of one node; `outputs` is None where its shapes can't be told.

    `wiring` says what feeds which input port, in the order of the type's ports and then of the wires; `inputs` are the
    tensors that come in, in the same order. A node that shares another one's weights `borrows` its id; its `type` and
    its ports are then those of the `owner`, and it has no weights of its own.
    """

    node: Node
    type: NodeType | None
    inputs: tuple[TensorSpec | None, ...]
    wiring: tuple[tuple[str, Endpoint], ...]
    outputs: Specs | None
    weights: Mapping[str, WeightSpec] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    borrows: str | None = None
    owner: Node | None = None

    @property
    def is_annotation(self) -> bool:
        """Whether the node only says something to people."""
        return self.type is not None and self.type.category == "annotation"

    @property
    def known_inputs(self) -> tuple[TensorSpec, ...]:
        """The tensors that come in, as the type's `infer` takes them; () where one is not known."""
        known = [spec for spec in self.inputs if spec is not None]
        if self.type is None or len(known) < len(self.inputs):
            return ()
        return self.type.in_place(self.input_ports, known)

    @property
    def weights_at(self) -> str:
        """The id of the node under which its weights stand."""
        return self.node.id if self.owner is None else self.owner.id

    @property
    def input_ports(self) -> tuple[str, ...]:
        return tuple(port for port, _ in self.wiring)

    @property
    def parameters(self) -> int:
        """How many numbers the node's weights hold, those it only keeps (moving averages) included."""
        return sum(w.size for w in self.weights.values())


@dataclass(frozen=True)
class Analysis:
    """What is known of a whole graph. `order` is topological; what stands on a cycle comes last, in document order."""

    graph: Graph
    order: tuple[str, ...]
    nodes: Mapping[str, NodeFacts]
    problems: tuple[Problem, ...]

    @property
    def ok(self) -> bool:
        return not any(p.severity == "error" for p in self.problems)

    @property
    def parameters(self) -> int:
        return sum(f.parameters for f in self.nodes.values())

    def spec(self, endpoint: Endpoint) -> TensorSpec | None:
        """The tensor at an output port, where it is known."""
        facts = self.nodes.get(endpoint.node)
        if facts is None or facts.type is None or facts.outputs is None:
            return None
        names = [p.name for p in facts.type.outputs]
        return facts.outputs[names.index(endpoint.port)] if endpoint.port in names else None

    def problems_at(self, node: str) -> tuple[Problem, ...]:
        return tuple(p for p in self.problems if p.node == node)


def analyse(
    graph: Graph, catalogue: Catalogue, previous: Analysis | None = None, masked: Collection[str] = ()
) -> Analysis:
    """Infer every shape and find every problem; `previous` lends what still holds. Never raises for a bad graph.

    The outputs of the nodes `masked` have a mask: what comes into a graph that is a node may have one.
    """
    order, cyclic = topological_order(graph)
    known: dict[str, NodeFacts] = {}
    specs: dict[Endpoint, TensorSpec] = {}
    before = previous.nodes if previous is not None else {}
    for id in order:
        node = graph.nodes[id]
        wiring = wiring_of(graph, node, catalogue)
        inputs = tuple(specs.get(source) for _, source in wiring)
        facts = was = before.get(id)
        if facts is not None and not _stands(facts, node, graph):
            facts = None
        if facts is None or facts.inputs != inputs or facts.wiring != wiring:
            facts = _facts(graph, node, wiring, inputs, catalogue, facts, was, on_cycle=id in cyclic)
        if not wiring:
            facts = _entering(facts, id in masked)
        known[id] = facts
        if facts.type is not None and facts.outputs is not None:
            for port, spec in zip(facts.type.outputs, facts.outputs, strict=True):
                specs[Endpoint(id, port.name)] = spec
    problems = [p for id in order for p in known[id].problems]
    problems += _whole_graph_problems(graph, known, specs, cyclic)
    return Analysis(graph, order, known, tuple(problems))


def topological_order(graph: Graph) -> tuple[tuple[str, ...], frozenset[str]]:
    """Every node after what feeds it, ties in document order, and the nodes that stand on or behind a cycle."""
    waiting = {id: sum(w.source.node in graph.nodes for w in graph.incoming.get(id, ())) for id in graph.nodes}
    ready = deque(id for id, n in waiting.items() if n == 0)
    order: list[str] = []
    while ready:
        id = ready.popleft()
        order.append(id)
        for wire in graph.outgoing.get(id, ()):
            if wire.target.node in waiting:
                waiting[wire.target.node] -= 1
                if waiting[wire.target.node] == 0:
                    ready.append(wire.target.node)
    cyclic = frozenset(id for id, n in waiting.items() if n > 0)
    return (*order, *(id for id in graph.nodes if id in cyclic)), cyclic


def wiring_of(graph: Graph, node: Node, catalogue: Catalogue) -> tuple[tuple[str, Endpoint], ...]:
    """(input port, what feeds it), in the order of the type's ports and then of the wires."""
    wires = graph.incoming.get(node.id, ())
    if len(wires) > 1 and node.type in catalogue:
        rank = {p.name: i for i, p in enumerate(catalogue.ports(node)[0])}
        wires = tuple(sorted(wires, key=lambda w: rank.get(w.target.port, len(rank))))
    return tuple((w.target.port, w.source) for w in wires)


def _stands(facts: NodeFacts, node: Node, graph: Graph) -> bool:
    """Whether facts from before are of this very node, and of the very node whose weights it uses."""
    return facts.node is node and (facts.borrows is None or graph.nodes.get(facts.borrows) is facts.owner)


def _facts(
    graph: Graph,
    node: Node,
    wiring: tuple[tuple[str, Endpoint], ...],
    inputs: tuple[TensorSpec | None, ...],
    catalogue: Catalogue,
    before: NodeFacts | None,
    was: NodeFacts | None,
    on_cycle: bool,
) -> NodeFacts:
    """What is known of a node; `before` is of the same node with other inputs, `was` of what it was before an edit."""
    if before is None or before.type is None:
        before = _without_inputs(graph, node, catalogue)
        if was is not None and was.type is not None and type(was.type) is type(before.type):
            before.type.follow(was.type)
    if node.bypassed:
        return _bypassed(before, wiring, inputs, catalogue)
    found = _with_inputs(before, wiring, inputs, on_cycle)
    return found if found.owner is None else replace(found, weights={})


def _bypassed(
    before: NodeFacts,
    wiring: tuple[tuple[str, Endpoint], ...],
    inputs: tuple[TensorSpec | None, ...],
    catalogue: Catalogue,
) -> NodeFacts:
    """What is known of a node that does nothing: what comes in first goes on, and there are no weights."""
    node, made = before.node, before.type
    if made is None:
        return replace(before, inputs=inputs, wiring=wiring)
    facts = replace(before, inputs=inputs, wiring=wiring, outputs=None, weights={}, problems=())
    reason = edits.why_not_bypassed(node, catalogue)
    if reason is None and not wiring:
        reason = f"{node.title}: nothing is wired into {made.inputs[0].name!r}; connect an output to it"
    if reason is not None:
        return replace(facts, problems=(Problem("error", reason, node.id),))
    first = inputs[0]
    return facts if first is None else replace(facts, outputs=(first,) * len(made.outputs))


def _without_inputs(graph: Graph, node: Node, catalogue: Catalogue) -> NodeFacts:
    """What is known of a node from itself and from the node whose weights it uses."""
    borrows = owner = None
    try:
        made = catalogue[node.type](**node.params).within(catalogue)
        if made.borrows:
            borrows = str(getattr(made, made.borrows))
            owner = graph.nodes.get(borrows)
            made = _lent(graph, made, borrows, catalogue)
        return NodeFacts(node, made, (), (), None, borrows=borrows, owner=owner)
    except ParamError as error:
        problem = Problem("error", f"{node.title}: {error}", node.id, param=error.param)
        return NodeFacts(node, None, (), (), None, problems=(problem,), borrows=borrows, owner=owner)


def _lent(graph: Graph, borrower: NodeType, id: str, catalogue: Catalogue) -> NodeType:
    """The layer of another node; ParamError where it can't be shared."""
    owner = graph.nodes.get(id)
    if owner is None:
        near = suggestion(id, graph.nodes) or "; name the node whose weights are to be used"
        raise ParamError(f"there is no node {id!r}{near}", borrower.borrows)
    if owner.bypassed:
        raise ParamError(f"{id} is bypassed, so that it has no weights to share", borrower.borrows)
    made = catalogue[owner.type](**owner.params).within(catalogue)
    if made.borrows:
        raise ParamError(
            f"{id} has no weights of its own; name {getattr(made, made.borrows)} instead", borrower.borrows
        )
    needed = [p.name for p in made.inputs if not p.optional]
    if needed != [p.name for p in borrower.inputs] or made.category in ("data", "loss"):
        raise ParamError(f"{id} is a node of the type {owner.type}, which can't be shared", borrower.borrows)
    return made


def _with_inputs(
    before: NodeFacts,
    wiring: tuple[tuple[str, Endpoint], ...],
    inputs: tuple[TensorSpec | None, ...],
    on_cycle: bool,
) -> NodeFacts:
    node, made, ports = before.node, before.type, [port for port, _ in wiring]
    if made is None:
        return replace(before, inputs=inputs, wiring=wiring)
    facts = partial(NodeFacts, node, made, inputs, wiring, borrows=before.borrows, owner=before.owner)
    problems = tuple(
        Problem("error", f"{node.title}: {message}", node.id, port=port, repairs=_fed(node, made, port, ports, inputs))
        for port, message in _miswired(made, ports)
    )
    if problems or on_cycle or any(spec is None for spec in inputs):
        return facts(None, problems=problems)
    known = made.in_place(ports, [spec for spec in inputs if spec is not None])
    try:
        result = made.infer(*known)
        outputs = result if isinstance(result, tuple) else (result,)
        outputs = tuple(map(_with_mask, outputs, made.masked(*known)))
        return facts(outputs, made.weights(*known), _lost_mask(node, made, inputs, outputs))
    except ShapeError as error:
        if error.inside and node.type == COMPOSITE:  # a layer that is made of others can't be opened
            return facts(None, problems=tuple(_from_inside(node, p) for p in error.inside))
        repairs = tuple(_repair(node, error.port or (ports[0] if ports else None), h) for h in error.hints)
        problem = Problem("error", f"{node.title}: {error}", node.id, port=error.port, repairs=repairs)
        return facts(None, problems=(problem,))


def _from_inside(block: Node, problem: Problem) -> Problem:
    """A problem inside a block as one of the graph that the block stands in."""
    repairs = tuple(Repair(r.title, Inside((block.id,), r.edit)) for r in problem.repairs)
    place = () if problem.node is None else (problem.node, *problem.inside)
    message = f"{block.title}: inside it, {problem.message}"
    return Problem(problem.severity, message, block.id, repairs=repairs, inside=place)


def _entering(facts: NodeFacts, masked: bool) -> NodeFacts:
    """What is known of a node without inputs, whose outputs are to have a mask or none; itself where they do."""
    outputs = facts.outputs or ()
    if all(spec.masked == masked for spec in outputs):
        return facts
    return replace(facts, outputs=tuple(_with_mask(spec, masked) for spec in outputs))


def _with_mask(spec: TensorSpec, masked: bool) -> TensorSpec:
    return spec if spec.masked == masked else replace(spec, masked=masked)


def _lost_mask(node: Node, made: NodeType, inputs: Sequence[TensorSpec | None], outputs: Specs) -> tuple[Problem, ...]:
    """Word that a mask comes in and is neither heeded nor passed on."""
    if made.uses_mask or not any(x.masked for x in inputs if x is not None) or any(y.masked for y in outputs):
        return ()
    text = (
        f"{node.title}: the mask of its input ends here, so that padded steps count like all others; to leave them "
        "out, put a recurrent layer or GlobalAveragePooling1D before it"
    )
    return (Problem("warning", text, node.id),)


def _miswired(made: NodeType, ports: Sequence[str]) -> Iterator[tuple[str, str]]:
    """(port, what is wrong) for each input that lacks a wire or has too many, and each wire into no input."""
    if [p.name for p in made.inputs] == ports:
        return  # the common case, told at once
    for port in made.inputs:
        count = ports.count(port.name)
        if not count and not port.optional:
            yield port.name, f"nothing is wired into {port.name!r}; connect an output to it"
        if count > 1 and not port.variadic:
            yield port.name, f"{count} wires lead into {port.name!r}, which takes one; remove the others"
    for name in dict.fromkeys(ports):
        if name not in [p.name for p in made.inputs]:
            have = ", ".join(p.name for p in made.inputs) or "none"
            yield name, f"there is no input {name!r} (it has {have}); remove the wire into it"


def _fed(
    node: Node, made: NodeType, port: str, ports: Sequence[str], inputs: Sequence[TensorSpec | None]
) -> tuple[Repair, ...]:
    """What could be wired into an input that lacks a wire."""
    if port in ports:
        return ()
    hint = made.unfed(port, {name: spec for name, spec in zip(ports, inputs, strict=True) if spec is not None})
    return () if hint is None else (_repair(node, port, hint),)


def _repair(node: Node, port: str | None, hint: Hint) -> Repair:
    if isinstance(hint, SetParam):
        shown = list(hint.value) if isinstance(hint.value, tuple) else hint.value
        return Repair(
            f"set {hint.param} of {node.title} to {shown}", edits.SetParams(node.id, {hint.param: hint.value})
        )
    if isinstance(hint, FeedBy):
        title = f"add a {hint.type} for {node.title}"
        return Repair(title, edits.Feed(hint.type, dict(hint.params), Endpoint(node.id, port or "in")))
    title = f"insert {hint.type} before {node.title}"
    return Repair(title, edits.InsertBefore(hint.type, dict(hint.params), Endpoint(node.id, port or "in")))


def _whole_graph_problems(
    graph: Graph, known: Mapping[str, NodeFacts], specs: Mapping[Endpoint, TensorSpec], cyclic: frozenset[str]
) -> Iterator[Problem]:
    if cyclic:
        names = ", ".join(sorted(cyclic)[:6])
        first = next(id for id in graph.nodes if id in cyclic)
        yield Problem("error", f"the wires form a cycle through {names}; remove a wire of it", first)
    yield from _loose_wires(graph, known, specs)
    yield from _unfit_weights(known)
    goals = [id for id, f in known.items() if f.type is not None and (f.type.category == "loss" or _is_output(f))]
    if not graph.nodes:
        yield Problem("warning", "the graph is empty; add an Input")
        return
    if not any(f.type is not None and f.type.category == "loss" for f in known.values()):
        yield Problem("warning", "the graph has no loss, so it can't be trained; add a loss and a Target")
    reached = _reaching(graph, goals)
    for id, facts in known.items():
        if goals and id not in reached and not facts.problems and not facts.is_annotation:
            yield Problem("warning", f"{facts.node.title}: no loss and no output depends on it", id)


def _unfit_weights(known: Mapping[str, NodeFacts]) -> Iterator[Problem]:
    """Nodes whose inputs ask for other weights than those they share."""
    for facts in known.values():
        if facts.owner is None or facts.type is None or facts.outputs is None:
            continue
        needed = facts.type.weights(*facts.known_inputs)
        for name, have in known[facts.owner.id].weights.items():
            if name in needed and needed[name].shape != have.shape:
                message = f"its inputs ask for a {name} of the shape {needed[name].shape}, and that of {facts.owner.id}"
                text = f"{facts.node.title}: {message} has {have.shape}; give both nodes inputs of one shape"
                yield Problem("error", text, facts.node.id)
                break


def _loose_wires(
    graph: Graph, known: Mapping[str, NodeFacts], specs: Mapping[Endpoint, TensorSpec]
) -> Iterator[Problem]:
    """Wires that start or end at nothing; only a document that was written by hand has them."""
    for wire in graph.wires:
        if wire.target.node not in graph.nodes:
            yield Problem("error", f"the wire {wire} ends at no node; remove it")
        if wire.source in specs:
            continue
        source = known.get(wire.source.node)
        if source is None or (
            source.type is not None and wire.source.port not in [p.name for p in source.type.outputs]
        ):
            yield Problem("error", f"the wire {wire} starts at no output; remove it", wire.target.node)


def _is_output(facts: NodeFacts) -> bool:
    return facts.node.type == "Output"


def _reaching(graph: Graph, goals: list[str]) -> set[str]:
    """The nodes from which a wire leads to one of `goals`, the goals included."""
    reached, todo = set(goals), list(goals)
    while todo:
        for wire in graph.incoming.get(todo.pop(), ()):
            if wire.source.node not in reached:
                reached.add(wire.source.node)
                todo.append(wire.source.node)
    return reached
