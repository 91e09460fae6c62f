"""The order of the work, with elementwise operations gathered into chains that run as one pass over memory.

Values are taken in the order in which they were made. An elementwise value joins the chain that makes its latest
input, where the shapes agree: everything else it reads is there before that chain runs, so no order is broken.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from netstudio.engine.autodiff import ancestors
from netstudio.engine.ir import Value
from netstudio.engine.ops.elementwise import Elementwise
from netstudio.engine.ops.sources import Source

LONGEST = 48  # operations in a chain
MOST_INPUTS = 24


@dataclass
class Item:
    """One thing to run: an operation, or a chain of elementwise ones of one shape."""

    values: list[Value]
    chain: bool = False
    outputs: list[Value] = field(default_factory=list)

    @property
    def inputs(self) -> list[Value]:
        """What is read from outside, each once, constants included."""
        own = set(self.values)
        return list(dict.fromkeys(x for v in self.values for x in v.inputs if x not in own))

    @property
    def node(self) -> str | None:
        return self.values[-1].node


def base(value: Value) -> Value:
    """The value whose memory this one shares."""
    while value.op.view:
        value = value.inputs[0]
    return value


def offset(value: Value) -> int:
    """How many elements past the start of its `base` a value begins."""
    elements = 0
    while value.op.view:
        elements += value.attrs.get("offset", 0)
        value = value.inputs[0]
    return elements


def schedule(roots: Sequence[Value]) -> list[Item]:
    """Items in the order to run them; `outputs` are the values of each that something outside of it reads."""
    items: list[Item] = []
    place: dict[Value, int] = {}
    for v in ancestors(roots):
        if isinstance(v.op, Source):
            place[v] = -1
        elif v.op.view:
            place[v] = place[v.inputs[0]]
        elif isinstance(v.op, Elementwise):
            at = _joins(v, items, place)
            if at is None:
                items.append(Item([v], chain=True))
                at = len(items) - 1
            else:
                items[at].values.append(v)
            place[v] = at
        else:
            items.append(Item([v], outputs=[v]))
            place[v] = len(items) - 1
    _find_outputs(items, roots, place)
    return items


def _joins(v: Value, items: Sequence[Item], place: dict[Value, int]) -> int | None:
    """The chain that `v` can join: that of its latest input, or the last one there is."""
    latest = max((place[x] for x in v.inputs), default=-1)
    for at in dict.fromkeys((latest, len(items) - 1)):
        if at < 0 or not items[at].chain or items[at].values[0].shape != v.shape:
            continue
        through_view = any(place[x] == at and x.op.view for x in v.inputs)
        room = len(items[at].values) < LONGEST and len(items[at].inputs) + len(v.inputs) <= MOST_INPUTS
        if not through_view and room:
            return at
    return None


def _find_outputs(items: Sequence[Item], roots: Sequence[Value], place: dict[Value, int]) -> None:
    read: dict[int, set[Value]] = {}

    def reads(x: Value, reader: int) -> None:
        source = base(x)
        at = place[source]
        if at >= 0 and at != reader and items[at].chain:
            read.setdefault(at, set()).add(source)

    for number, item in enumerate(items):
        for x in item.inputs:
            reads(x, number)
    for root in roots:
        reads(root, -1)
    for at, values in read.items():
        items[at].outputs = [v for v in items[at].values if v in values]
