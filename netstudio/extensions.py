"""Node types from other packages.

A package adds node types by an entry point of the group `netstudio.node_types`: its name is a short prefix, its value a
module. Every layer and every loss that the module defines, or takes in from another module of its package, is in the
catalogue as "prefix.Name". In the package's pyproject.toml:

    [project.entry-points."netstudio.node_types"]
    acme = "acme_layers"

A document never imports anything: it only names types, and what it names is either in the catalogue or missing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points

from netstudio.graph.node_type import NodeType
from netstudio.layers.base import Layer
from netstudio.losses.base import Objective

GROUP = "netstudio.node_types"


@dataclass(frozen=True)
class Extensions:
    """What other packages add, and in words what could not be taken in."""

    node_types: tuple[type[NodeType], ...] = ()
    failures: tuple[str, ...] = ()


def find(points: Iterable[EntryPoint] | None = None) -> Extensions:
    """Load the node types of every installed package that offers some; one that fails keeps no other from loading."""
    found: dict[str, type[NodeType]] = {}
    failures: list[str] = []
    for point in sorted(entry_points(group=GROUP) if points is None else points, key=lambda p: (p.name, p.value)):
        if not point.name.isidentifier():
            failures.append(f"{point.name!r} can't be a prefix of node types; expected letters, digits and underscores")
            continue
        try:
            module = point.load()
        except Exception as error:  # it is code of others: whatever it raises, the rest goes on
            failures.append(f"the node types {point.name}.* are missing: {point.value} can't be imported ({error!r})")
            continue
        for made in _defined_by(module):
            name = f"{point.name}.{made.__name__}"
            if name in found and found[name] is not made:
                failures.append(f"two packages offer {name}; the first is taken")
                continue
            made.name = name
            found[name] = made
    return Extensions(tuple(found.values()), tuple(failures))


def _defined_by(module: object) -> Iterator[type[NodeType]]:
    package = str(getattr(module, "__name__", "")).partition(".")[0]
    for value in vars(module).values():
        is_node_type = isinstance(value, type) and issubclass(value, (Layer, Objective)) and not value.abstract
        if is_node_type and value.__module__.partition(".")[0] == package:
            yield value
