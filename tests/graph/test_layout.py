"""Automatic layout."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from netstudio.graph import Endpoint, Graph, Node, Wire
from netstudio.graph.layout import CELL, GAP, layout


def graph_of(nodes: list[str], *pairs: tuple[str, str]) -> Graph:
    wires = tuple(Wire(Endpoint(a, "out"), Endpoint(b, "in")) for a, b in pairs)
    return Graph("g", {id: Node(id, "T") for id in nodes}, wires)


def overlaps(a: tuple[float, float], b: tuple[float, float], size: tuple[float, float] = CELL) -> bool:
    return abs(a[0] - b[0]) < size[0] and abs(a[1] - b[1]) < size[1]


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    count = draw(st.integers(1, 24))
    names = [f"n{i}" for i in range(count)]
    ends = st.tuples(st.integers(0, count - 1), st.integers(0, count - 1))
    pairs = [(names[min(p)], names[max(p)]) for p in draw(st.lists(ends, max_size=40)) if p[0] != p[1]]
    return graph_of(names, *pairs)


@settings(max_examples=60, deadline=None)
@given(graphs())
def test_nothing_overlaps_and_every_wire_leads_right(graph: Graph) -> None:
    places = layout(graph)
    assert list(places) == list(graph.nodes)
    for wire in graph.wires:
        assert places[wire.source.node][0] + CELL[0] + GAP[0] <= places[wire.target.node][0]
    names = list(places)
    for i, a in enumerate(names):
        assert not any(overlaps(places[a], places[b]) for b in names[:i])


def test_a_chain_is_straight() -> None:
    places = layout(graph_of(["a", "b", "c"], ("a", "b"), ("b", "c")))
    step = CELL[0] + GAP[0]
    assert places == {"a": (0.0, 0.0), "b": (step, 0.0), "c": (2 * step, 0.0)}


def test_two_branches_stand_on_either_side_of_what_joins_them() -> None:
    places = layout(graph_of(list("xlrj"), ("x", "l"), ("x", "r"), ("l", "j"), ("r", "j")))
    assert places["x"][1] == places["j"][1]
    assert places["l"][1] + places["r"][1] == 2 * places["x"][1]


def test_branches_do_not_cross_when_named_in_the_other_order() -> None:
    graph = graph_of(list("abxyj"), ("a", "y"), ("b", "x"), ("y", "j"), ("x", "j"))
    places = layout(graph)
    assert (places["a"][1] < places["b"][1]) == (places["y"][1] < places["x"][1])


def test_a_source_stands_just_before_what_it_feeds() -> None:
    graph = graph_of(["x", "h", "d", "loss", "y"], ("x", "h"), ("h", "d"), ("d", "loss"), ("y", "loss"))
    places = layout(graph)
    assert places["y"][0] == places["d"][0]
    assert places["y"][1] > places["d"][1], "the second wire into a node comes from below the first"


def test_a_long_wire_runs_beside_the_nodes_it_passes() -> None:
    graph = graph_of(list("abcd"), ("a", "b"), ("b", "c"), ("c", "d"), ("a", "d"))
    places = layout(graph)
    tops = {places[id][1] for id in "bc"}
    assert tops != {places["a"][1]}, "the skipped nodes make way"


def test_sizes_are_respected() -> None:
    graph = graph_of(list("abc"), ("a", "b"), ("a", "c"))
    sizes = {"a": (300.0, 50.0), "b": (100.0, 400.0), "c": (100.0, 400.0)}
    places = layout(graph, sizes)
    assert places["b"][0] == 300 + GAP[0]
    assert abs(places["b"][1] - places["c"][1]) >= 400 + GAP[1]


def test_what_no_wire_touches_stands_in_a_row_below() -> None:
    places = layout(graph_of(list("abuv"), ("a", "b")))
    assert places["u"][1] == places["v"][1] >= CELL[1] + GAP[1]
    assert places["v"][0] > places["u"][0]


def test_an_empty_graph_and_a_cycle_do_no_harm() -> None:
    assert layout(Graph()) == {}
    places = layout(graph_of(list("abc"), ("a", "b"), ("b", "c"), ("c", "a")))
    assert len(set(places.values())) == 3


def test_a_chain_of_two_thousand_is_laid_out_in_one_go() -> None:
    names = [f"n{i}" for i in range(2000)]
    places = layout(graph_of(names, *pairwise(names), (names[0], names[-1])))
    assert places[names[-1]][0] == 1999 * (CELL[0] + GAP[0])
