"""What each node costs in a step."""

from __future__ import annotations

import pytest

from netstudio.catalogue import CATALOGUE
from netstudio.files.documents import load_graph
from netstudio.graph.edits import Group
from netstudio.resources import SAMPLES
from netstudio.training.step_times import step_times


@pytest.mark.parametrize("name", ["iris", "two_heads"])
def test_every_node_that_computes_has_a_time(name: str) -> None:
    graph = load_graph(SAMPLES / f"{name}.json")
    found = step_times(graph, 0.0)
    assert found.nodes.keys() <= graph.nodes.keys()
    layers = {id for id, node in graph.nodes.items() if node.type == "Dense"}
    assert layers <= found.nodes.keys()
    assert all(taken > 0 for taken in found.nodes.values())
    assert found.total == pytest.approx(sum(found.nodes.values()) + found.rest)


def test_a_block_counts_as_one_node() -> None:
    graph = Group(("hidden", "scores")).apply(load_graph(SAMPLES / "iris.json"), CATALOGUE)
    (block,) = [id for id, node in graph.nodes.items() if node.type == "Composite"]
    assert step_times(graph, 0.0).nodes[block] > 0
