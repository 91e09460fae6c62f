"""What a node's card says, found from the document and what is known of it. No Qt here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from netstudio.annotations import annotation_of
from netstudio.graph import Catalogue, Endpoint, Graph, Node, Port, Problem
from netstudio.graph.facts import NodeFacts
from netstudio.graph.problems import Severity


@dataclass(frozen=True)
class Paper:
    """What is drawn of a note or a frame: its size and colour, and what is written on it; a frame has no text."""

    size: tuple[float, float]
    colour: str
    text: str | None = None


@dataclass(frozen=True)
class Face:
    """Everything a card shows. `severity` is that of the worst problem, `problem` says all of them."""

    title: str
    type: str
    category: str = ""
    icon: str = ""
    caption: str = ""
    weights: str = ""
    frozen: bool = False
    bypassed: bool = False
    problem: str = ""
    severity: Severity | None = None
    inputs: tuple[Port, ...] = ()
    outputs: tuple[Port, ...] = ()
    sheet: Paper | None = None

    def ports(self, output: bool) -> tuple[Port, ...]:
        return self.outputs if output else self.inputs


def face_of(
    node: Node, facts: NodeFacts | None, problems: Sequence[Problem], catalogue: Catalogue, graph: Graph
) -> Face:
    """The face of one node; a node of an unknown type has the ports that wires name."""
    worst: Severity | None = None
    if problems:
        worst = "error" if any(p.severity == "error" for p in problems) else "warning"
    said = "\n".join(dict.fromkeys(p.message for p in problems))
    if node.type not in catalogue:
        inputs = tuple(map(Port, dict.fromkeys(w.target.port for w in graph.incoming.get(node.id, ()))))
        outputs = tuple(map(Port, dict.fromkeys(w.source.port for w in graph.outgoing.get(node.id, ()))))
        return Face(node.title, node.type, problem=said, severity=worst, inputs=inputs, outputs=outputs)
    declared = catalogue[node.type]
    inputs, outputs = catalogue.ports(node)
    return Face(
        title=node.title,
        type=declared.name,
        category=declared.category,
        icon=declared.icon,
        caption=_caption(node, facts),
        weights=counted(facts.parameters) if facts is not None and facts.parameters else "",
        frozen=node.frozen,
        bypassed=node.bypassed,
        problem=said,
        severity=worst,
        inputs=inputs,
        outputs=outputs,
        sheet=_paper(node),
    )


def _paper(node: Node) -> Paper | None:
    made = annotation_of(node)
    if made is None:
        return None
    width, height = made.params["size"]
    return Paper((float(width), float(height)), made.params["colour"], made.params.get("text"))


def _caption(node: Node, facts: NodeFacts | None) -> str:
    if node.bypassed:
        return "bypassed"
    own = facts.type.caption() if facts is not None and facts.type is not None else ""
    factor = node.learning_rate_factor
    return " · ".join(part for part in (own, "" if factor == 1.0 else f"rate × {factor:g}") if part)


def counted(number: int) -> str:
    """A count in few characters: 950 is "950", 18,496 is "18.5k", 1,234,567 is "1.2M"."""
    if number < 1000:
        return str(number)
    value, units = number / 1000, iter("kMG")
    unit = next(units)
    while value >= 999.5 and unit != "G":
        value, unit = value / 1000, next(units)
    return f"{value:.1f}{unit}" if value < 99.95 else f"{value:.0f}{unit}"


@dataclass(frozen=True)
class PortRef:
    """One port and the side it is on: an input and an output may bear the same name."""

    node: str
    port: str
    output: bool

    @property
    def end(self) -> Endpoint:
        return Endpoint(self.node, self.port)
