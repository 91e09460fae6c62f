"""Clipboard fragments."""

from __future__ import annotations

import json
from typing import Any

import pytest

from netstudio.errors import DocumentError
from netstudio.graph import Endpoint, Graph, Node, Wire
from netstudio.graph.fragment import Fragment

WIRES = (
    Wire(Endpoint("x", "out"), Endpoint("a", "in")),
    Wire(Endpoint("a", "out"), Endpoint("b", "in")),
    Wire(Endpoint("a", "out"), Endpoint("b", "in")),
)
NODES = [
    Node("x", "Input", {"shape": [3]}, (0, 0)),
    Node("a", "Dense", {"units": 5}, (200, 40), "first “layer”", True),
    Node("b", "Add", {}, (400, -10)),
]
GRAPH = Graph("g", {n.id: n for n in NODES}, WIRES)


def document(**more: Any) -> str:
    return json.dumps({"format": "netstudio/graph", "version": 1, "nodes": [], "wires": [], **more})


def test_a_part_comes_back_from_its_text_as_it_was() -> None:
    part = Fragment.of(GRAPH, ("b", "a"))
    assert [n.id for n in part.nodes] == ["a", "b"]
    assert part.wires == WIRES[1:], "wires to nodes that are not copied stay behind, doubled ones are kept"
    assert Fragment.parse(part.to_text()) == part
    assert part.corner == (200, -10)


def test_the_text_is_a_graph_document() -> None:
    read = json.loads(Fragment.of(GRAPH, ("a", "b")).to_text())
    assert (read["format"], read["version"]) == ("netstudio/graph", 1)
    assert read["nodes"][0]["label"] == "first “layer”"
    assert read["nodes"][0]["frozen"] is True
    assert "label" not in read["nodes"][1]
    assert read["wires"] == [["a.out", "b.in"]] * 2


def test_a_whole_document_can_be_read_for_its_nodes() -> None:
    text = document(nodes=[{"id": "x", "type": "Input"}], data={"source": "s"}, training={"epochs": 3}, name="n")
    assert Fragment.parse(text).nodes == (Node("x", "Input"),)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "the text is no graph: not JSON"),
        ("hello", "the text is no graph: not JSON"),
        ("[1]", 'expected a JSON object with "format": "netstudio/graph"'),
        ('{"a": NaN}', "NaN is no JSON number"),
        ("[" * 100_000, "the text is no graph"),
        (document(version=2), "the graph has the version 2; this program reads 1"),
        (document(nodes={}), "nodes is {}; expected a list"),
        (document(nodes=[3]), "nodes[0] is 3; expected an object with id and type"),
        (document(nodes=[{"id": "1", "type": "T"}]), 'nodes[0].id is "1"; expected letters'),
        (document(nodes=[{"id": "a"}]), "nodes[0].type is null; expected the name of a node type"),
        (document(nodes=[{"id": "a", "type": "T", "lable": "x"}]), "unknown key 'lable': did you mean 'label'?"),
        (document(nodes=[{"id": "a", "type": "T", "pos": [1]}]), "nodes[0].pos is [1]; expected two numbers [x, y]"),
        (document(nodes=[{"id": "a", "type": "T", "pos": [1, True]}]), "nodes[0].pos is [1, true]"),
        (document(nodes=[{"id": "a", "type": "T", "params": []}]), "nodes[0].params is []; expected an object"),
        (document(nodes=[{"id": "a", "type": "T", "label": 3}]), "nodes[0].label is 3; expected text"),
        (document(nodes=[{"id": "a", "type": "T", "frozen": 1}]), "nodes[0].frozen is 1; expected true or false"),
        (document(nodes=[{"id": "a", "type": "T"}] * 2), "nodes[1]: the id 'a' stands twice"),
        (document(wires=["a.out"]), 'wires[0] is "a.out"; expected ["node.port", "node.port"]'),
        (document(wires=[["a", "b.in"]]), "wires[0]: 'a' is not of the form 'node.port'"),
        (
            document(nodes=[{"id": "conv1", "type": "T"}], wires=[["conv2.out", "conv1.in"]]),
            "wires[0]: there is no node 'conv2': did you mean 'conv1'?",
        ),
    ],
)
def test_what_is_no_graph_is_refused_with_the_place(text: str, said: str) -> None:
    with pytest.raises(DocumentError) as caught:
        Fragment.parse(text)
    assert said in str(caught.value)


def test_a_huge_text_is_not_even_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("netstudio.graph.fragment.LIMIT", 100)
    with pytest.raises(DocumentError, match="too long for a graph: 101 characters"):
        Fragment.parse("x" * 101)
