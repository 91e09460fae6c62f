"""From a graph to what is known about it: order, shapes, weights, problems. Run after every edit.

Nodes never change, so what was found for a node stands as long as it is the same node with the same inputs: an edit
pays for what it touched and for a walk over the rest.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from functools import partial

from netstudio.errors import ParamError, ShapeError, suggestion
from netstudio.graph import edits
from netstudio.graph.document import Endpoint, Graph, Node
from netstudio.graph.facts import Analysis, NodeFacts, Specs
from netstudio.graph.inside import Inside
from netstudio.graph.nested import COMPOSITE
from netstudio.graph.node_type import Catalogue, NodeType
from netstudio.graph.problems import FeedBy, Hint, Problem, Repair, SetParam
from netstudio.graph.tensor import TensorSpec
from netstudio.graph.whole import problems_of_the_whole


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
    problems += problems_of_the_whole(graph, known, specs, cyclic)
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
