"""A graph as shapes to draw: cards with ports, curved wires with the shape each carries. Lengths are in pixels."""

from __future__ import annotations

from dataclasses import dataclass

from netstudio.annotations import Annotation, Frame, annotation_of
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
    silent = {id: made for id, n in graph.nodes.items() if (made := annotation_of(n)) is not None}
    papers = {id: _paper(made, graph.nodes[id], corners[id], palette) for id, made in silent.items()}
    for box in (paper[0] for paper in papers.values()):
        width, height = max(width, box.x + box.width), max(height, box.y + box.height)
    shapes: list[Shape] = [heading, *(s for id in papers if isinstance(silent[id], Frame) for s in _all(papers[id]))]
    labels: list[Shape] = []
    for wire in graph.wires:
        ends = _place(analysis, corners, wire.source, False), _place(analysis, corners, wire.target, True)
        shapes.append(_curve(*ends, palette["muted"]))
        labels += _shape_label(analysis, wire, *ends, palette)
    for id, node in graph.nodes.items():
        if id not in silent:
            shapes += _card(analysis, node, corners[id], palette, categories)
        elif not isinstance(silent[id], Frame):
            shapes += _all(papers[id])
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
    known = node.type in CATALOGUE and not node.bypassed
    header = categories[CATALOGUE[node.type].category] if known else palette["muted"]
    wrong = any(p.severity == "error" for p in analysis.problems_at(node.id))
    room = CARD[0] - 20
    caption = "bypassed" if node.bypassed else facts.type.caption() if facts.type is not None else "?"
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


def _paper(made: Annotation, node: Node, corner: Point, palette: dict[str, str]) -> tuple[Box, list[Label]]:
    """The sheet of a note or a frame, and what is written on it."""
    (x, y), (width, height), hue = corner, made.params["size"], colours()["papers"][made.params["colour"]]
    if isinstance(made, Frame):
        box = Box(
            x, y, width * STRETCH, height, _blend(palette["canvas"], hue, 0.09), _blend(hue, palette["border"], 0.4)
        )
        return box, [_label(x, y + 19, node.title, "title", palette["text"], box.width - 20, bold=True)]
    box = Box(x, y, width, height, _blend(palette["panel"], hue, 0.2), _blend(hue, palette["border"], 0.4), radius=2.0)
    size = SIZES["caption"]
    room = int((height - 16) / (1.4 * size))
    lines = _wrapped(made.params["text"], size, width - 20)[: max(room, 1)]
    return box, [
        _label(x, y + 18 + 1.4 * size * i, line, "caption", palette["text"], width - 20) for i, line in enumerate(lines)
    ]


def _all(paper: tuple[Box, list[Label]]) -> list[Shape]:
    return [paper[0], *paper[1]]


def _wrapped(text: str, size: float, room: float) -> list[str]:
    """The text in lines that fit, broken between words."""
    lines: list[str] = []
    for paragraph in text.split("\n"):
        line = ""
        for word in paragraph.split():
            longer = f"{line} {word}".strip()
            if line and width_of(longer, size) > room:
                lines.append(line)
                longer = word
            line = longer
        lines.append(line)
    return lines


def _blend(one: str, other: str, share: float) -> str:
    """`share` of the way from one colour to the other."""
    pairs = ((int(one[i : i + 2], 16), int(other[i : i + 2], 16)) for i in (1, 3, 5))
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def _label(x: float, y: float, text: str, kind: str, colour: str, room: float, bold: bool = False) -> Label:
    return Label(x + 10, y, elided(text, SIZES[kind], room, bold), SIZES[kind], colour, bold=bold)


def _readable_on(colour: str) -> str:
    """Black or white, whichever stands out more (WCAG's relative luminance)."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return "#000000" if 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.179 else "#ffffff"
