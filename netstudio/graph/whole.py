"""What is wrong with a graph as a whole: cycles, loose wires, weights that do not fit, nodes that lead nowhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from netstudio.graph.document import Endpoint, Graph
from netstudio.graph.facts import NodeFacts
from netstudio.graph.problems import Problem
from netstudio.graph.tensor import TensorSpec


def problems_of_the_whole(
    graph: Graph, known: Mapping[str, NodeFacts], specs: Mapping[Endpoint, TensorSpec], cyclic: frozenset[str]
) -> Iterator[Problem]:
    """`known` tells of each node, `specs` what comes out of the output ports, `cyclic` which nodes stand on a cycle."""
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
