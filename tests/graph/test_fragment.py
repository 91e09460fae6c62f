"""Parts of a graph."""

from netstudio.graph import Graph, Node, Wire
from netstudio.graph.fragment import corner, incoming, part

GRAPH = Graph(
    "whole",
    {i: Node(i, "Toy", {}, pos) for i, pos in (("a", (30.0, 5.0)), ("b", (10.0, 50.0)), ("c", (90.0, 90.0)))},
    (Wire.parse("a.out", "b.in"), Wire.parse("b.out", "c.in")),
    {"source": "sklearn:iris"},
    {"epochs": 3},
)


def test_a_part_has_its_nodes_in_the_graphs_order_and_the_wires_between_them():
    found = part(GRAPH, {"b", "a", "nobody"})
    assert list(found.nodes) == ["a", "b"]
    assert found.nodes["a"] is GRAPH.nodes["a"]
    assert found.wires == (Wire.parse("a.out", "b.in"),)


def test_a_part_leaves_the_settings_behind():
    found = part(GRAPH, GRAPH.nodes)
    assert (dict(found.data), dict(found.training)) == ({}, {})


def test_the_corner_is_the_least_of_both_coordinates():
    assert corner(part(GRAPH, {"a", "b"})) == (10.0, 5.0)
    assert corner(Graph()) == (0.0, 0.0)


def test_what_comes_in_from_other_nodes():
    assert incoming(GRAPH, {"b", "c"}) == (Wire.parse("a.out", "b.in"),)
    assert incoming(GRAPH, GRAPH.nodes) == ()
