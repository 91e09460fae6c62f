"""A graph as shapes to draw: cards with ports, curved wires with the shape each carries. Lengths are in pixels."""

from __future__ import annotations

from dataclasses import dataclass

from netstudio.catalogue import CATALOGUE
from netstudio.files.text_width import elided, width_of
from netstudio.graph import Analysis, Endpoint, Graph, Node, Port, Wire, analyse
from netstudio.resources import colours

CARD = (196.0, 66.0)
HEADER = 22.0
STRETCH = 1.35  # between columns, so that there is room for the shapes on the wires
MARGIN = 36.0
PORT = 4.0
SIZES = {"name": 16.0, "type": 10.5, "title": 12.5, "caption": 10.5, "shape": 9.5}
Point = tuple[float, float]


@dataclass(frozen=True)
class Box:
    """A rectangle with round corners; the lower ones are square where `flat`."""

    x: float
    y: float
    width: float
    height: float
    fill: str
    stroke: str | None = None
    radius: float = 7.0
    flat: bool = False


@dataclass(frozen=True)
class Curve:
    """A cubic Bézier curve."""

    points: tuple[Point, Point, Point, Point]
    colour: str


@dataclass(frozen=True)
class Dot:
    x: float
    y: float
    radius: float
    fill: str
    stroke: str


@dataclass(frozen=True)
class Label:
    """A line of text; `y` is its baseline, `anchor` what of it stands at `x`."""

    x: float
    y: float
    text: str
    size: float
    colour: str
    anchor: str = "start"
    bold: bool = False


Shape = Box | Curve | Dot | Label


@dataclass(frozen=True)
class Scene:
    """Shapes, lowest first, on a ground of that colour, in a picture of that size."""

    width: float
    height: float
    ground: str
    shapes: tuple[Shape, ...]


def scene_of(graph: Graph, theme: str = "light") -> Scene:
    """What to draw for the graph; nodes with errors have a border in the colour of errors."""
    palette, categories = colours()[theme], colours()["categories"]
    analysis = analyse(graph, CATALOGUE)
    left = min((n.pos[0] for n in graph.nodes.values()), default=0.0)
    top = min((n.pos[1] for n in graph.nodes.values()), default=0.0)
    offset = (MARGIN, MARGIN + 2 * SIZES["name"])
    corners = {
        id: ((n.pos[0] - left) * STRETCH + offset[0], n.pos[1] - top + offset[1]) for id, n in graph.nodes.items()
    }
    heading = Label(MARGIN, MARGIN + SIZES["name"] / 2, graph.name, SIZES["name"], palette["text"], bold=True)
    width = max([x + CARD[0] for x, _ in corners.values()] + [MARGIN + width_of(graph.name, SIZES["name"], True)])
    height = max([y + CARD[1] for _, y in corners.values()] + [offset[1]])
    shapes: list[Shape] = [heading]
    labels: list[Shape] = []
    for wire in graph.wires:
        ends = _place(analysis, corners, wire.source, False), _place(analysis, corners, wire.target, True)
        shapes.append(_curve(*ends, palette["muted"]))
        labels += _shape_label(analysis, wire, *ends, palette)
    for id, node in graph.nodes.items():
        shapes += _card(analysis, node, corners[id], palette, categories)
    return Scene(width + MARGIN, height + MARGIN, palette["canvas"], (*shapes, *labels))


def _ports(analysis: Analysis, id: str, is_input: bool) -> tuple[Port, ...]:
    graph = analysis.graph
    if graph.nodes[id].type not in CATALOGUE:  # of a package that is not there: the ports that wires name
        wires = graph.incoming.get(id, ()) if is_input else graph.outgoing.get(id, ())
        return tuple(map(Port, dict.fromkeys((w.target if is_input else w.source).port for w in wires)))
    return CATALOGUE.ports(graph.nodes[id])[not is_input]


def _place(analysis: Analysis, corners: dict[str, Point], end: Endpoint, is_input: bool) -> Point:
    """Where the port is: inputs at the left edge of the card's body, outputs at the right, evenly."""
    names = [p.name for p in _ports(analysis, end.node, is_input)]
    x, y = corners[end.node]
    share = (names.index(end.port) + 1) / (len(names) + 1)
    return x + (0.0 if is_input else CARD[0]), y + HEADER + share * (CARD[1] - HEADER)


def _curve(start: Point, end: Point, colour: str) -> Curve:
    reach = max(abs(end[0] - start[0]) / 2, 30.0)
    return Curve((start, (start[0] + reach, start[1]), (end[0] - reach, end[1]), end), colour)


def _shape_label(analysis: Analysis, wire: Wire, start: Point, end: Point, palette: dict[str, str]) -> list[Shape]:
    spec = analysis.spec(wire.source)
    if spec is None or end[0] <= start[0]:
        return []
    x, y, size = (start[0] + end[0]) / 2, (start[1] + end[1]) / 2, SIZES["shape"]
    width = width_of(spec.label, size) + 6
    ground = Box(x - width / 2, y - size * 0.75, width, size * 1.5, palette["canvas"], radius=3.0)
    return [ground, Label(x, y + size * 0.35, spec.label, size, palette["muted"], "middle")]


def _card(
    analysis: Analysis, node: Node, corner: Point, palette: dict[str, str], categories: dict[str, str]
) -> list[Shape]:
    (x, y), facts = corner, analysis.nodes[node.id]
    header = categories[CATALOGUE[node.type].category] if node.type in CATALOGUE else palette["muted"]
    wrong = any(p.severity == "error" for p in analysis.problems_at(node.id))
    room = CARD[0] - 20
    caption = facts.type.caption() if facts.type is not None else "?"
    shapes: list[Shape] = [
        Box(x, y, *CARD, palette["panel"], palette["error"] if wrong else palette["border"]),
        Box(x, y, CARD[0], HEADER, header, flat=True),
        _label(x, y + 15, node.type, "type", _readable_on(header), room),
        _label(x, y + 40, node.title, "title", palette["text"], room, bold=True),
        _label(x, y + 56, caption, "caption", palette["muted"], room),
    ]
    corners = {node.id: corner}
    for is_input in (True, False):
        for port in _ports(analysis, node.id, is_input):
            at = _place(analysis, corners, Endpoint(node.id, port.name), is_input)
            shapes.append(Dot(*at, PORT, palette["panel"], palette["muted"]))
    return shapes


def _label(x: float, y: float, text: str, kind: str, colour: str, room: float, bold: bool = False) -> Label:
    return Label(x + 10, y, elided(text, SIZES[kind], room, bold), SIZES[kind], colour, bold=bold)


def _readable_on(colour: str) -> str:
    """Black or white, whichever stands out more (WCAG's relative luminance)."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return "#000000" if 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.179 else "#ffffff"
