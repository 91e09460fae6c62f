"""Blocks taken apart: each node inside one becomes a node of the document, for code that says what it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from netstudio.catalogue import CATALOGUE
from netstudio.engine.lower import predicted
from netstudio.exports.program import Program, analysed, program
from netstudio.files.models import Arrays, ModelFile
from netstudio.graph import Graph
from netstudio.graph.document import Endpoint, Node, Wire
from netstudio.graph.effective import effective
from netstudio.graph.facts import NodeFacts
from netstudio.layers.folded import PORTS, Folded


def expanded(model: ModelFile) -> tuple[ModelFile, Program]:
    """The model with every block taken apart that no other node borrows, and its program, node by node.

    What is predicted has the names that it has in the document.
    """
    ends = predicted(analysed(model.graph))
    model = replace(model, graph=effective(model.graph, CATALOGUE))
    while (facts := _block(model.graph)) is not None:
        graph, ids, moved = _apart(model.graph, facts)
        ends = {name: moved.get(end, end) for name, end in ends.items()}
        model = replace(model, graph=graph, weights=_renamed(model.weights, facts.node.id, ids))
    made = program(model, apart=True)
    numbers = {end: made.outputs[name] for name, end in predicted(analysed(model.graph)).items()}
    return model, replace(made, outputs={name: numbers[end] for name, end in ends.items()})


def _block(graph: Graph) -> NodeFacts | None:
    borrowed = {CATALOGUE.borrowed(node) for node in graph.nodes.values()}
    facts = analysed(graph).nodes.values()
    return next(
        (f for f in facts if isinstance(f.type, Folded) and f.owner is None and f.node.id not in borrowed), None
    )


def _apart(graph: Graph, facts: NodeFacts) -> tuple[Graph, dict[str, str], dict[Endpoint, Endpoint]]:
    """The graph without the block, what the nodes inside are called now, and where its outputs come from."""
    assert isinstance(facts.type, Folded)
    block, inside = facts.node, facts.type.inside(facts.known_inputs).graph
    ids: dict[str, str] = {}
    for inner in inside.nodes.values():
        if inner.type not in PORTS:
            ids[inner.id] = _fresh(f"{block.id}_{inner.id}", {*graph.nodes, *ids.values()})
    given = dict(facts.wiring)
    ends = {
        Endpoint(block.id, wire.target.node): _source(wire.source, ids, given)
        for wire in inside.wires
        if inside.nodes[wire.target.node].type == "Output"
    }
    wires = [
        Wire(ends.get(wire.source, wire.source), wire.target) for wire in graph.wires if wire.target.node != block.id
    ]
    wires += [
        Wire(_source(wire.source, ids, given), Endpoint(ids[wire.target.node], wire.target.port))
        for wire in inside.wires
        if wire.target.node in ids and (wire.source.node in ids or wire.source.node in given)
    ]
    nodes = {id: node for id, node in graph.nodes.items() if id != block.id}
    nodes |= {new: _node(inside.nodes[old], block, ids) for old, new in ids.items()}
    return replace(graph, nodes=nodes, wires=tuple(wires)), ids, ends


def _source(end: Endpoint, ids: Mapping[str, str], given: Mapping[str, Endpoint]) -> Endpoint:
    return Endpoint(ids[end.node], end.port) if end.node in ids else given[end.node]


def _node(inner: Node, block: Node, ids: Mapping[str, str]) -> Node:
    params = dict(inner.params)
    owner = CATALOGUE.borrowed(inner)
    if owner is not None and owner in ids:
        params[str(CATALOGUE[inner.type].borrows)] = ids[owner]
    return replace(inner, id=ids[inner.id], params=params, frozen=inner.frozen or block.frozen)


def _fresh(wish: str, taken: set[str]) -> str:
    name, number = wish, 2
    while name in taken:
        name, number = f"{wish}_{number}", number + 1
    return name


def _renamed(weights: Arrays, block: str, ids: Mapping[str, str]) -> Arrays:
    """The weights by the names of the nodes that have them now."""
    made = {}
    for name, array in weights.items():
        at, _, rest = name.partition("/")
        inner, _, weight = rest.partition("/")
        made[f"{ids[inner]}/{weight}" if at == block and inner in ids else name] = array
    return made
