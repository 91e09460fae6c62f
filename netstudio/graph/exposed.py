"""Parameters that a block shows as its own: names that stand for parameters of nodes inside it.

    "exposed": {"units": "hidden.units", "rate": ["drop1.rate", "drop2.rate"]}

A name is no copy: the value is the inner node's, read there and set there, so that entering the block, taking it apart
and saving it need to know nothing of names. Of a block inside, what that block shows can be shown again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import copy
from dataclasses import replace
from typing import Any

from netstudio.errors import EditError, ParamError, suggestion
from netstudio.graph.document import NODE_ID, Endpoint, Graph, Node
from netstudio.graph.edits import SetParams, plain
from netstudio.graph.edits.base import with_node
from netstudio.graph.edits.settings import SetValues
from netstudio.graph.nested import COMPOSITE, SubGraph, block_of, form_of
from netstudio.graph.node_type import Catalogue
from netstudio.graph.params import Param

Place = Endpoint  # a node inside, and one of its parameters: "hidden.units"
KEYS = ("graph", "exposed")  # the block's own parameters


class Exposed(Param[Mapping[str, tuple[Place, ...]]]):
    """Names, and for each what it stands for: "node.parameter", or a list of those, which are set together."""

    kind = "exposed"

    def _expected(self) -> str:
        return '{"name": "node.parameter"}, or a list of those under a name'

    def _check(self, value: Any) -> Mapping[str, tuple[Place, ...]]:
        if not isinstance(value, Mapping):
            raise TypeError
        return {self._name(name): self._places(places) for name, places in value.items()}

    def _name(self, name: Any) -> str:
        if not isinstance(name, str) or not NODE_ID.fullmatch(name) or name in KEYS:
            rule = f"expected a letter, then letters, digits and underscores, and not {' or '.join(KEYS)}"
            raise ParamError(f"{self.name}: {str(name)[:60]!r} can't be a parameter's name: {rule}", self.name)
        return name

    def _places(self, value: Any) -> tuple[Place, ...]:
        places = value if isinstance(value, (list, tuple)) else [value]
        if not places or not all(isinstance(place, (str, Endpoint)) for place in places):
            raise TypeError
        return tuple(place if isinstance(place, Endpoint) else Place.parse(place) for place in places)


def declared_in(block: Node, catalogue: Catalogue) -> dict[str, Param[Any]]:
    """What a block shows, by name, as the types of the nodes inside declare it; ParamError where a name is astray."""
    return {name: found[0][0] for name, found in _found(block, catalogue).items()}


def values_in(block: Node, catalogue: Catalogue) -> dict[str, Any]:
    """The values of what a block shows, by name, of those that are not left to their defaults."""
    found = _found(block, catalogue)
    return {name: places[0][1]["value"] for name, places in found.items() if "value" in places[0][1]}


class SetExposed(SetValues):
    """Give what a block shows new values, in the nodes inside."""

    def apply(self, graph: Graph, catalogue: Catalogue) -> Graph:
        block = block_of(graph, self.id)
        try:
            inside, exposed = parts_of(block)
            for name in (*self.values, *self.reset):
                for place in _known(exposed, name, block):
                    inside = self._set(inside, place, name, catalogue)
        except ParamError as error:
            raise EditError(str(error)) from None
        return with_node(graph, replace(block, params={**block.params, "graph": plain(form_of(inside))}))

    def _set(self, inside: Graph, place: Place, name: str, catalogue: Catalogue) -> Graph:
        _param_at(inside, place, name, catalogue)
        kind = SetExposed if inside.nodes[place.node].type == COMPOSITE else SetParams
        values = {place.port: self.values[name]} if name in self.values else {}
        return kind(place.node, values, () if values else (place.port,)).apply(inside, catalogue)


def parts_of(block: Node) -> tuple[Graph, Mapping[str, tuple[Place, ...]]]:
    """The graph inside a block, and the names that it shows; ParamError where either can't be read."""
    graph, exposed = SubGraph(doc=""), Exposed(doc="")
    graph.name, exposed.name = KEYS
    return graph.check(block.params.get("graph", {})), exposed.check(block.params.get("exposed", {}))


def offered_by(block: Node, catalogue: Catalogue) -> Iterator[Place]:
    """Every parameter inside that a block could show, in the order of the nodes; ParamError as in `parts_of`."""
    inside, _exposed = parts_of(block)
    for node in inside.nodes.values():
        if node.type in catalogue and node.type not in ("Input", "Output"):
            yield from (Place(node.id, name) for name in _declared(node, catalogue))


def alike(block: Node, place: Place, catalogue: Catalogue) -> list[str]:
    """The names that could stand for `place` too: what they stand for takes the same. None where a name is astray."""
    inside, _exposed = parts_of(block)
    param = _param_at(inside, place, place.port, catalogue)
    try:
        shown = declared_in(block, catalogue).items()
    except ParamError:
        return []
    return [name for name, other in shown if type(other) is type(param) and other.expected == param.expected]


def _found(block: Node, catalogue: Catalogue) -> dict[str, list[tuple[Param[Any], dict[str, Any]]]]:
    """For each name its places: the parameter, and its "value" where one is set."""
    inside, exposed = parts_of(block)
    return {
        name: [(_param_at(inside, place, name, catalogue), _value_at(inside, place, catalogue)) for place in places]
        for name, places in exposed.items()
    }


def _param_at(inside: Graph, place: Place, name: str, catalogue: Catalogue) -> Param[Any]:
    """The parameter there under the name that the block gives it; ParamError where there is none."""
    node = inside.nodes.get(place.node)
    if node is None:
        near = suggestion(place.node, inside.nodes) or "; take the name away, or give it another node"
        raise ParamError(f"exposed: {name} is {place}, and there is no node {place.node!r} inside{near}", "exposed")
    declared = _declared(node, catalogue)
    if place.port not in declared:
        near = suggestion(place.port, declared) or f"; it has {', '.join(declared) or 'none'}"
        message = f"exposed: {name} is {place}, and {place.node} ({node.type}) has no parameter {place.port!r}{near}"
        raise ParamError(message, "exposed")
    shown = copy(declared[place.port])
    shown.name, shown.doc = name, f"{shown.doc} ({place})"
    return shown


def _declared(node: Node, catalogue: Catalogue) -> Mapping[str, Param[Any]]:
    return declared_in(node, catalogue) if node.type == COMPOSITE else catalogue[node.type].declared


def _value_at(inside: Graph, place: Place, catalogue: Catalogue) -> dict[str, Any]:
    node = inside.nodes[place.node]
    values = values_in(node, catalogue) if node.type == COMPOSITE else node.params
    return {"value": values[place.port]} if place.port in values else {}


def _known(exposed: Mapping[str, tuple[Place, ...]], name: str, block: Node) -> tuple[Place, ...]:
    if name not in exposed:
        near = suggestion(name, exposed) or f"; it shows {', '.join(exposed) or 'none'}"
        raise EditError(f"{block.title} shows no parameter {name!r}{near}")
    return exposed[name]
