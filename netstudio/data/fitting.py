"""What to change in a graph so that it takes the data: shapes of Inputs and Targets, and the classes told apart."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from netstudio.catalogue import CATALOGUE
from netstudio.data.binding import ANSWERS
from netstudio.data.describe import Description
from netstudio.data.facts import FieldFacts
from netstudio.data.roles import INPUT, TARGET
from netstudio.data.settings import DataSettings
from netstudio.graph import Analysis, Graph, analyse
from netstudio.graph.edits import SetParams
from netstudio.graph.problems import Problem, Repair


def fitting(graph: Graph, description: Description) -> tuple[Repair, ...]:
    """The edits that, done one after the other, make the graph take the described data; none where it does."""
    return tuple(repair for problem in misfits(graph, description) for repair in problem.repairs)


def misfits(graph: Graph, description: Description) -> tuple[Problem, ...]:
    """Where the graph does not take the described data as its own "data" block binds them, each with its repair."""
    analysis = analyse(graph, CATALOGUE)
    asked = DataSettings(**graph.data).bind
    inputs = [id for id, node in graph.nodes.items() if node.type == INPUT]
    found: list[Problem] = []
    for id in inputs:
        field = _bound(asked.get(id), description) or _input_field(analysis, id, len(inputs) == 1, description)
        if field is not None:
            found += _input(analysis, id, field)
    for id in [id for id, node in graph.nodes.items() if node.type == TARGET]:
        found += _target(analysis, id, _answer(asked.get(id), description))
    return tuple(found)


def _bound(names: Any, description: Description) -> FieldFacts | None:
    """What is bound to a node, as one field."""
    if isinstance(names, str):
        return description.field(names)
    found = [description.field(name) for name in names or ()]
    if not found or None in found:
        return None
    width = sum(f.shape[0] if f.shape else 1 for f in found if f is not None)
    return FieldFacts("features", (width,), "float")


def _input_field(analysis: Analysis, id: str, alone: bool, description: Description) -> FieldFacts | None:
    """The field that an Input is likeliest meant for: of its name, of its shape, of its number of axes."""
    if not alone:
        return description.field(id)
    fields = [f for f in description.fields if f.name not in ANSWERS]
    shape, dtype = _shape(analysis, id)
    single = {c.name for c in description.columns}
    whole = [f for f in fields if f.name not in single or (f.dtype == "int" and f.shape)]
    ranked = [
        *(f for f in whole if _squeezed(f.shape) == _squeezed(shape) and f.dtype == dtype),
        *(f for f in whole if len(f.shape) == len(shape) and f.dtype == dtype),
        *whole,
        *(f for f in fields if f.dtype == "int" or not single),
    ]
    return ranked[0] if ranked else None


def _answer(names: Any, description: Description) -> FieldFacts | None:
    """The field that the Target takes: classes where they are predicted, else the quantity."""
    if names is not None:
        return _bound(names, description)
    first, second = ANSWERS if description.classes else ANSWERS[::-1]
    return description.field(first) or description.field(second)


def _input(analysis: Analysis, id: str, field: FieldFacts) -> Iterator[Problem]:
    shape, dtype = _shape(analysis, id)
    values: dict[str, Any] = {}
    if _squeezed(shape) != _squeezed(field.shape):
        values["shape"] = list(field.shape)
    if field.dtype == "int" and field.ids is not None and dtype == "float":
        values["dtype"] = "int"
    if field.dtype == "float" and dtype == "int":
        values["dtype"] = "float"
    yield from _set(analysis, id, values, f"as {field.name} has it")
    for wire in analysis.graph.outgoing.get(id, ()):
        layer = analysis.nodes[wire.target.node].type
        known = getattr(layer, "input_dim", None) if layer is not None else None
        if known is not None and field.ids is not None and known < field.ids:
            yield from _set(analysis, wire.target.node, {"input_dim": field.ids}, f"so many ids {field.name} has")


def _target(analysis: Analysis, id: str, field: FieldFacts | None) -> Iterator[Problem]:
    """A Target of classes fits by how many its loss tells apart, one of quantities by its shape."""
    losses = [w.target.node for w in analysis.graph.outgoing.get(id, ()) if w.target.port == "target"]
    if field is None or not losses:
        return
    kind = getattr(analysis.nodes[losses[0]].type, "accuracy", None) or ""
    shape, dtype = _shape(analysis, id)
    if "Categorical" in kind and field.dtype == "int":
        many = max(len(field.classes) or field.ids or 0, 2)
        if dtype == "int":
            yield from _set(analysis, id, {"shape": []} if shape else {}, "a class number for each sample")
        elif shape != (many,):
            yield from _set(analysis, id, {"shape": [many]}, "a place for each class")
        yield from _units(analysis, losses[0], many, f"so many classes {field.name} has")
    elif kind and field.dtype == "float":
        yield _loss_of_classes(analysis, losses[0], field)
    elif not kind and field.dtype == "float" and _squeezed(shape) != _squeezed(field.shape):
        many = field.shape[-1] if field.shape else 1
        yield from _set(analysis, id, {"shape": list(field.shape or (1,))}, f"as {field.name} has it")
        yield from _units(analysis, losses[0], many, f"as many as {field.name} has")


def _loss_of_classes(analysis: Analysis, loss: str, field: FieldFacts) -> Problem:
    node = analysis.graph.nodes[loss]
    message = f"{node.title}: {node.type} tells classes apart, and {field.name} is a quantity"
    return Problem("error", f"{message}; put a MeanSquaredError in its place, or choose another target", loss)


def _units(analysis: Analysis, loss: str, many: int, why: str) -> Iterator[Problem]:
    """The layer whose units the loss's prediction has: the nearest upstream that says how many."""
    wires = analysis.graph.wires_into(loss, "pred")
    while wires:
        id = wires[0].source.node
        units = getattr(analysis.nodes[id].type, "units", None)
        if units is not None:
            if units != many:
                yield from _set(analysis, id, {"units": many}, why)
            return
        wires = analysis.graph.incoming.get(id, ())


def _set(analysis: Analysis, id: str, values: Mapping[str, Any], why: str) -> Iterator[Problem]:
    if values:
        title = analysis.graph.nodes[id].title
        told = " and ".join(f"{name} to {value}" for name, value in values.items())
        repair = Repair(f"set {told} of {title}", SetParams(id, dict(values)))
        yield Problem(
            "error", f"{title} does not fit the data: set {told}, {why}", id, None, next(iter(values)), (repair,)
        )


def _shape(analysis: Analysis, id: str) -> tuple[tuple[int, ...], str]:
    outputs = analysis.nodes[id].outputs
    return (outputs[0].shape, outputs[0].dtype) if outputs else ((), "float")


def _squeezed(shape: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(n for n in shape if n != 1)
