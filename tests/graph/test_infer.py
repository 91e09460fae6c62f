"""Shapes, problems and repairs of documents, with a catalogue of toys."""

from __future__ import annotations

from dataclasses import replace

import pytest

from netstudio.graph import Endpoint, Graph, TensorSpec, analyse
from netstudio.graph.edits import SetParams
from netstudio.graph.infer import topological_order
from tests.graph.toys import TOYS, graph, node

CHAIN = graph(
    [node("goal", "Goal"), node("short", "Halve"), node("x", "Feed", size=6), node("y", "Feed", size=3)],
    *["x > short", "short > goal.pred", "y > goal.target"],
)


def messages(g: Graph) -> list[str]:
    return [p.message for p in analyse(g, TOYS).problems]


def test_shapes_follow_the_wires() -> None:
    analysis = analyse(CHAIN, TOYS)
    assert analysis.ok
    assert analysis.problems == ()
    assert analysis.order == ("x", "y", "short", "goal")
    assert analysis.spec(Endpoint("short", "out")) == TensorSpec((3,))
    assert analysis.spec(Endpoint("short", "in")) is None
    assert analysis.spec(Endpoint("nobody", "out")) is None


def test_several_outputs_and_the_order_of_ports() -> None:
    g = graph(
        [node("p", "Feed", size=2), node("q", "Feed", size=5), node("s", "Swap")],
        *["q > s.b", "p > s.a"],  # the ports' order counts, not the wires'
    )
    analysis = analyse(g, TOYS)
    assert analysis.spec(Endpoint("s", "first")) == TensorSpec((5,))
    assert analysis.spec(Endpoint("s", "second")) == TensorSpec((2,))


def test_a_variadic_port_counts_a_wire_twice() -> None:
    g = graph([node("x", "Feed", size=4), node("j", "Join")], "x > j", "x > j")
    assert analyse(g, TOYS).spec(Endpoint("j", "out")) == TensorSpec((8,))


def test_weights_are_counted() -> None:
    g = graph([node("x", "Feed", size=4), node("s", "Scale"), node("t", "Scale")], "x > s", "s > t")
    analysis = analyse(g, TOYS)
    assert analysis.parameters == 8
    assert analysis.nodes["s"].weights["factor"].size == 4


@pytest.mark.parametrize(
    ("g", "words"),
    [
        (graph([node("s", "Scale")]), ["s: nothing is wired into 'in'", "connect"]),
        (graph([node("s", "Scael")]), ["unknown node type 'Scael'", "did you mean 'Scale'"]),
        (graph([node("s", "Scale", limmit=3)]), ["no parameter 'limmit'", "did you mean 'limit'"]),
        (graph([node("s", "Scale", limit=0)]), ["limit is 0", "1 or more"]),
        (graph([node("s", "Scale", mode="fsat")]), ["mode is 'fsat'", "did you mean 'fast'"]),
        (graph([node("x", "Feed")]), ["Feed needs size"]),
        (graph([node("x", "Feed", size=1), node("s", "Scale")], "x > s", "x > s"), ["2 wires lead into 'in'"]),
        (graph([node("x", "Feed", size=1), node("s", "Scale")], "x > s", "x > s.on"), ["no input 'on' (it has in)"]),
        (graph([node("x", "Feed", size=1), node("s", "Scale")], "x.up > s"), ["x.up → s.in starts at no output"]),
        (graph([node("s", "Scale")], "ghost > s"), ["ghost.out → s.in starts at no output"]),
        (graph([node("x", "Feed", size=1)], "x > ghost"), ["x.out → ghost.in ends at no node"]),
        (graph([node("x", "Feed", size=9), node("s", "Scale")], "x > s"), ["(9,)", "at most 8"]),
        (graph([node("a", "Scale"), node("b", "Scale")], "a > b", "b > a"), ["cycle through a, b"]),
    ],
)
def test_what_is_said_of_an_error(g: Graph, words: list[str]) -> None:
    errors = [p.message for p in analyse(g, TOYS).problems if p.severity == "error"]
    assert len(errors) == 1
    assert all(w in errors[0] for w in words), errors
    assert not analyse(g, TOYS).ok


def test_what_is_warned_of() -> None:
    assert messages(Graph()) == ["the graph is empty; add an Input"]
    assert "no loss" in messages(graph([node("x", "Feed", size=1)]))[0]
    spare = replace(CHAIN, nodes={**CHAIN.nodes, "spare": node("spare", "Feed", size=1)})
    assert messages(spare) == ["spare: no loss and no output depends on it"]
    assert analyse(spare, TOYS).ok


def test_one_mistake_is_told_once() -> None:
    """What follows from a mistake upstream is not a mistake of its own."""
    g = graph([node("s", "Scale"), node("t", "Scale"), node("u", "Scale")], "s > t", "t > u")
    assert [p.node for p in analyse(g, TOYS).problems if p.severity == "error"] == ["s"]


def test_labels_name_nodes_in_messages() -> None:
    g = graph([replace(node("s", "Scale"), label="my scale")])
    assert messages(g)[0].startswith("my scale: ")


def test_repairs_mend() -> None:
    g = graph([node("x", "Feed", size=20), node("s", "Scale")], "x > s")
    (problem,) = (p for p in analyse(g, TOYS).problems if p.severity == "error")
    assert (problem.node, problem.port) == ("s", None)
    assert [r.title for r in problem.repairs] == ["set limit of s to 20", "insert Halve before s"]
    for repair in problem.repairs:
        assert analyse(repair.edit.apply(g, TOYS), TOYS).ok


def test_order_is_stable_and_puts_cycles_last() -> None:
    g = graph(
        [
            node("b", "Scale"),
            node("a", "Scale"),
            node("behind", "Scale"),
            node("x", "Feed", size=1),
            node("z", "Scale"),
        ],
        *["a > b", "b > a", "b > behind", "x > z"],
    )
    order, cyclic = topological_order(g)
    assert order == ("x", "z", "b", "a", "behind")
    assert cyclic == {"a", "b", "behind"}


def test_a_long_chain_needs_no_stack() -> None:
    count = 5000
    nodes = [node("x", "Feed", size=2), *(node(f"s{i}", "Scale") for i in range(count))]
    g = graph(nodes, "x > s0", *(f"s{i} > s{i + 1}" for i in range(count - 1)))
    assert analyse(g, TOYS).parameters == 2 * count


def test_an_edit_leaves_the_facts_of_others_as_they_are() -> None:
    first = analyse(CHAIN, TOYS)
    edited = SetParams("y", {"size": 4}).apply(CHAIN, TOYS)
    second = analyse(edited, TOYS, first)
    assert second.nodes["short"] is first.nodes["short"]
    assert second.nodes["y"] is not first.nodes["y"]
    assert "(3,) is not (4,)" in second.problems[0].message
