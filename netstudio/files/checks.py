"""What a document of the right form must also be: ids, types, params, wires and settings that mean something.

Shapes are not looked at: a graph whose shapes don't fit is a right document of an unfinished graph.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from netstudio.data.settings import DataSettings
from netstudio.errors import ParamError, suggestion
from netstudio.files.schema import DocumentForm, NodeForm
from netstudio.graph import Catalogue, Endpoint, Graph, Node, Problem, Wire
from netstudio.graph.declared import Declared
from netstudio.graph.document import NODE_ID
from netstudio.graph.infer import topological_order
from netstudio.training.settings import TrainingSettings

FEW = 2000  # among more nodes a near miss takes too long to find


def make_graph(form: DocumentForm, catalogue: Catalogue) -> Graph:
    """The graph; what `problems` complains of is in it only as far as it can be."""
    nodes = {n.id: _node(n, catalogue) for n in form.nodes}
    wires = [wire for wire in map(_wire, form.wires) if wire is not None]
    return Graph(form.name, nodes, tuple(wires), form.data, form.training)


def problems(form: DocumentForm, graph: Graph, catalogue: Catalogue) -> Iterator[Problem]:
    """Whatever keeps the form from meaning `graph`."""
    yield from _id_problems(form)
    for node in graph.nodes.values():
        yield from _node_problems(node, catalogue)
    for ends in form.wires:
        yield from _wire_problems(ends, graph.nodes, catalogue)
    yield from _crowded_ports(graph, catalogue)
    yield from _cycles(graph)
    yield from settings_problems(DataSettings, form.data, "data")
    yield from settings_problems(TrainingSettings, form.training, "training")


def param_problems(declared: type[Declared], params: Mapping[str, Any]) -> Iterator[ParamError]:
    """Every parameter that is wrong: what the class refuses is told, put right, and the rest tried again."""
    trial = dict(params)
    told: set[str] = set()
    while True:
        try:
            declared(**trial)
            return
        except ParamError as error:
            name = error.param or ""
            if name in told:
                return
            yield error
            told.add(name)
            trial.pop(name, None)
            if name in declared.declared and declared.declared[name].required:
                trial[name] = declared.declared[name].initial


def settings_problems(declared: type[Declared], block: Mapping[str, Any], name: str) -> Iterator[Problem]:
    """What is wrong with the block "data" or "training"."""
    for error in param_problems(declared, block):
        yield Problem("error", f"{name}: {error}", param=f"{name}.{error.param}")


def _id_problems(form: DocumentForm) -> Iterator[Problem]:
    for id, count in Counter(n.id for n in form.nodes).items():
        if count > 1:
            yield Problem("error", f"{count} nodes have the id {id[:60]!r}; give each its own", id)
        if not NODE_ID.fullmatch(id):
            rule = "expected a letter, then letters, digits and underscores"
            yield Problem("error", f"{id[:60]!r} can't be a node's id: {rule}", id)


def _node(form: NodeForm, catalogue: Catalogue) -> Node:
    name = catalogue[form.type].name if form.type in catalogue else form.type
    pos, factor = (form.pos[0], form.pos[1]), form.learning_rate_factor
    return Node(form.id, name, form.params, pos, form.label, form.frozen, factor, form.bypassed)


def _node_problems(node: Node, catalogue: Catalogue) -> Iterator[Problem]:
    if catalogue.is_absent(node.type):
        return  # the document is right; that it can't run here is told by its analysis
    if node.type not in catalogue:
        near = suggestion(node.type, catalogue.members) or "; `netstudio layers` lists what there is"
        yield Problem("error", f"{node.id}: unknown type {node.type[:60]!r}{near}", node.id)
        return
    for error in param_problems(catalogue[node.type], node.params):
        yield Problem("error", f"{node.id}: {error}", node.id, param=error.param)


def _wire(ends: list[str]) -> Wire | None:
    try:
        return Wire.parse(ends[0], ends[1])
    except ValueError:
        return None


def _wire_problems(ends: list[str], nodes: Mapping[str, Node], catalogue: Catalogue) -> Iterator[Problem]:
    shown = f"wire {ends[0][:60]} → {ends[1][:60]}"
    for text, side in zip(ends, ("output", "input"), strict=True):
        try:
            end = Endpoint.parse(text)
        except ValueError as error:
            yield Problem("error", f"{shown}: {str(error)[:120]}")
            continue
        if end.node not in nodes:
            near = suggestion(end.node, nodes) if len(nodes) <= FEW else ""
            mend = near or "; remove the wire, or add the node"
            yield Problem("error", f"{shown}: there is no node {end.node!r}{mend}", port=end.port)
        elif nodes[end.node].type in catalogue:
            message = _port_problem(end, side, nodes[end.node], catalogue)
            if message:
                yield Problem("error", f"{shown}: {message}", end.node, port=end.port)


def _port_problem(end: Endpoint, side: str, node: Node, catalogue: Catalogue) -> str | None:
    names = [p.name for p in catalogue.ports(node)[side == "output"]]
    if end.port in names:
        return None
    near = suggestion(end.port, names) or f"; it has {', '.join(names) or 'none'}"
    return f"{end.node} ({node.type}) has no {side} {end.port!r}{near}"


def _crowded_ports(graph: Graph, catalogue: Catalogue) -> Iterator[Problem]:
    for target, count in Counter(w.target for w in graph.wires).items():
        node = graph.nodes.get(target.node)
        port = catalogue.input_port(node, target.port) if node else None
        if count > 1 and port is not None and not port.variadic:
            message = f"{count} wires go into {target}, which takes one; remove the others, or put an Add before it"
            yield Problem("error", message, target.node, port=target.port)


def _cycles(graph: Graph) -> Iterator[Problem]:
    _, cyclic = topological_order(graph)
    if cyclic:
        loop = _loop(graph, cyclic)
        shown = loop if len(loop) <= 8 else [*loop[:6], "...", loop[-1]]
        yield Problem("error", f"the wires form a cycle, {' → '.join(shown)}; remove a wire of it", loop[0])


def _loop(graph: Graph, cyclic: frozenset[str]) -> list[str]:
    """One cycle, its first node again at its end: going back from a node behind a cycle leads into one."""
    path = [next(id for id in graph.nodes if id in cyclic)]
    seen = {path[0]: 0}
    while True:
        before = next(w.source.node for w in graph.incoming[path[-1]] if w.source.node in cyclic)
        if before in seen:
            return [before, *reversed(path[seen[before] :])]
        seen[before] = len(path)
        path.append(before)
