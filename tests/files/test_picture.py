"""Pictures of graphs."""

import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from netstudio.annotations import annotation_of
from netstudio.errors import FileError
from netstudio.files.documents import load_graph
from netstudio.files.picture import save_picture
from netstudio.files.scene import CARD, Box, Label, scene_of
from netstudio.files.text_width import elided, width_of
from netstudio.graph import Graph, Node
from netstudio.resources import SAMPLES, colours

GRAPH = load_graph(SAMPLES / "two_heads.json")
CARDS = [id for id, node in GRAPH.nodes.items() if annotation_of(node) is None]  # notes and frames are no cards
SVG = "{http://www.w3.org/2000/svg}"


def test_the_svg_shows_every_node_wire_and_shape(tmp_path: Path) -> None:
    save_picture(GRAPH, tmp_path / "g.svg")
    root = ET.parse(tmp_path / "g.svg").getroot()
    texts = {t.text for t in root.iter(f"{SVG}text")}
    assert {GRAPH.name, *CARDS, "Dense", "48 · relu", "64"} <= texts
    wires = [p for p in root.iter(f"{SVG}path") if p.get("fill") == "none"]
    assert len(wires) == len(GRAPH.wires)


def test_the_png_has_the_cards_where_the_nodes_stand(tmp_path: Path) -> None:
    save_picture(GRAPH, tmp_path / "g.png")
    scene = scene_of(GRAPH)
    with Image.open(tmp_path / "g.png") as image:
        scale = image.width / scene.width
        headers = [s for s in scene.shapes if isinstance(s, Box) and s.flat]
        assert len(headers) == len(CARDS)
        for box in headers:
            pixel = image.getpixel(((box.x + box.width - 6) * scale, (box.y + 4) * scale))
            expected = tuple(int(box.fill[i : i + 2], 16) for i in (1, 3, 5))
            assert pixel == expected


def test_labels_stay_in_their_cards_and_cards_in_the_picture() -> None:
    long = replace(GRAPH, nodes={"x": Node("x", "Input", {"shape": [3]}, label="a very long label " * 9)})
    scene = scene_of(replace(long, wires=()))
    card = next(s for s in scene.shapes if isinstance(s, Box))
    for label in (s for s in scene.shapes if isinstance(s, Label) and s.text != GRAPH.name):
        assert label.x + width_of(label.text, label.size, label.bold) <= card.x + CARD[0]
    assert card.x + card.width < scene.width
    assert card.y + card.height < scene.height


def test_elision_keeps_what_fits() -> None:
    assert elided("short", 12, 100) == "short"
    cut = elided("much too long for this", 12, 60)
    assert cut.endswith("…")
    assert width_of(cut, 12) <= 60


def test_a_node_with_an_error_has_a_border_in_its_colour() -> None:
    graph = Graph(nodes={"d": Node("d", "Dense", {"units": 2})})
    strokes = {s.stroke for s in scene_of(graph).shapes if isinstance(s, Box)}
    assert colours()["light"]["error"] in strokes


def test_strange_text_makes_sound_svg(tmp_path: Path) -> None:
    graph = Graph("<a> & \x07", {"x": Node("x", "Input", {"shape": [3]}, label='"</text>\x00')})
    save_picture(graph, tmp_path / "g.svg", "dark")
    texts = [t.text for t in ET.parse(tmp_path / "g.svg").getroot().iter(f"{SVG}text")]
    assert texts[0] == "<a> & �"
    assert '"</text>�' in texts


def test_the_empty_graph_is_a_picture_too(tmp_path: Path) -> None:
    save_picture(Graph("nothing"), tmp_path / "g.png")
    with Image.open(tmp_path / "g.png") as image:
        assert image.width > 50


def test_far_apart_nodes_make_a_smaller_picture_or_a_refusal(tmp_path: Path) -> None:
    def graph(distance: float) -> Graph:
        return Graph(nodes={i: Node(i, "ReLU", {}, p) for i, p in (("a", (0, 0)), ("b", (distance, distance)))})

    save_picture(graph(10_000), tmp_path / "g.png")
    with Image.open(tmp_path / "g.png") as image:
        assert image.width * image.height < 20e6
    with pytest.raises(FileError, match="too far apart"):
        save_picture(graph(1e9), tmp_path / "g.png")


def test_other_suffixes_are_refused(tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"can't draw as \.gif; name it \.svg or \.png"):
        save_picture(GRAPH, tmp_path / "g.gif")
