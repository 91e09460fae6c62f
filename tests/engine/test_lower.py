"""From nodes to operations: what nodes compute, told one by one."""

from pathlib import Path

import pytest

from netstudio.catalogue import CATALOGUE
from netstudio.engine.executor import estimate
from netstudio.engine.lower import multiply_adds_of
from netstudio.files.documents import load_graph
from netstudio.graph import Graph, Node, analyse
from netstudio.optimizers import OPTIMIZERS
from netstudio.resources import SAMPLES
from tests.graphs import graph


@pytest.mark.parametrize("path", sorted(SAMPLES.glob("*.json")), ids=lambda p: p.stem)
def test_a_node_alone_counts_as_it_does_in_its_graph(path: Path) -> None:
    analysis = analyse(load_graph(path), CATALOGUE)
    whole = estimate(analysis, OPTIMIZERS["SGD"](), batch=4).multiply_adds
    alone = {id: multiply_adds_of(facts) for id, facts in analysis.nodes.items()}
    assert {id: count for id, count in alone.items() if count} == whole


def test_the_count_is_that_of_the_formula() -> None:
    nodes = [
        ("x", "Input", {"shape": [8, 7, 3]}),
        ("conv", "Conv2D", {"filters": 4, "kernel_size": [3, 2], "padding": "same"}),
        ("flat", "Flatten", {}),
        ("dense", "Dense", {"units": 5}),
    ]
    analysis = analyse(graph(nodes, "x conv, conv flat, flat dense"), CATALOGUE)
    counts = [multiply_adds_of(analysis.nodes[id]) for id, _type, _params in nodes]
    assert counts == [0, 8 * 7 * 4 * 3 * 2 * 3, 0, 8 * 7 * 4 * 5]


def test_a_node_that_is_not_right_yet_counts_nothing() -> None:
    analysis = analyse(Graph(nodes={"dense": Node("dense", "Dense", {"units": 5})}), CATALOGUE)
    assert multiply_adds_of(analysis.nodes["dense"]) == 0
