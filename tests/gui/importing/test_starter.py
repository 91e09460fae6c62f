"""First networks: whatever the data are, the graph can be trained as it is."""

from __future__ import annotations

import pytest

from netstudio.catalogue import CATALOGUE
from netstudio.graph import Graph, analyse
from netstudio.gui.importing.starter import Feed, Goal, start

GOALS = [Goal("label", 3), Goal("label", 2), Goal("target"), Goal("target", None, (2,))]
FEEDS = {
    "a table": [Feed("features", (5,))],
    "digits": [Feed("image", (8, 8, 1))],
    "photographs": [Feed("image", (96, 64, 3))],
    "texts": [Feed("Review text", (64,), 5000)],
    "a series": [Feed("window", (24, 3))],
    "two steps": [Feed("window", (2, 3))],
    "texts and numbers": [Feed("features", (5,)), Feed("text", (20,), 100), Feed("city", (), 4)],
    "one number": [Feed("x", ())],
    "spectra": [Feed("sound", (40, 30, 1))],
}


@pytest.mark.parametrize("goal", GOALS, ids=str)
@pytest.mark.parametrize("kind", FEEDS)
def test_a_first_network_has_no_problem(kind: str, goal: Goal) -> None:
    made, graph = start(FEEDS[kind], goal, 500), Graph()
    for edit in made.edits:
        graph = edit.apply(graph, CATALOGUE)
    assert not analyse(graph, CATALOGUE).problems
    fed = {id: n.type for id, n in graph.nodes.items() if n.type in ("Input", "Target")}
    assert fed == {id: "Target" if name == goal.field else "Input" for id, name in made.bind.items()}


@pytest.mark.parametrize(("rows", "epochs"), [(150, 60), (1500, 60), (10_000, 10), (2_000_000, 3)])
def test_a_large_set_is_gone_over_less_often(rows: int, epochs: int) -> None:
    assert start([Feed("features", (5,))], Goal("label", 3), rows).training["epochs"] == epochs


def test_no_two_nodes_stand_in_one_place() -> None:
    made, graph = start(FEEDS["texts and numbers"], Goal("label", 3), 500), Graph()
    for edit in made.edits:
        graph = edit.apply(graph, CATALOGUE)
    places = [node.pos for node in graph.nodes.values()]
    assert len(set(places)) == len(places)
