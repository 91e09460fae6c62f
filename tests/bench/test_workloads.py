"""The workloads' documents."""

import pytest

from netstudio.bench.workloads import WORKLOADS, missing_types, workload
from netstudio.catalogue import CATALOGUE
from netstudio.errors import ParamError
from netstudio.files.documents import graph_from_json, graph_to_json
from netstudio.graph import Graph, Node, analyse


@pytest.mark.parametrize("name", WORKLOADS)
def test_a_workload_is_a_right_document(name: str) -> None:
    graph = workload(name)
    assert graph.name == name
    assert missing_types(graph) == []
    assert graph_from_json(graph_to_json(graph)) == graph
    assert not analyse(graph, CATALOGUE).problems


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("mlp_tabular", 10 * 64 + 64 + 64 * 32 + 32 + 32 + 1),
        ("mlp_wide", 784 * 512 + 512 + 512 * 512 + 512 + 512 * 10 + 10),
        ("cnn", 9 * 32 + 32 + 9 * 32 * 64 + 64 + 1600 * 10 + 10),
        ("lstm", (28 + 128 + 1) * 4 * 128 + 128 * 10 + 10),
        ("attention", 28 * 64 + 64 + 4 * (64 * 64 + 64) + 4 * 64 + 2 * 64 * 256 + 256 + 64 + 64 * 10 + 10),
    ],
)
def test_a_workload_has_the_weights_that_its_layers_come_to(name: str, parameters: int) -> None:
    assert analyse(workload(name), CATALOGUE).parameters == parameters


def test_the_batch_is_the_documents() -> None:
    assert workload("cnn").training["batch_size"] == 32
    assert workload("cnn_b128").training["batch_size"] == 128


def test_an_unknown_workload_is_told_with_the_known_ones() -> None:
    with pytest.raises(
        ParamError, match=r"no workload 'resnt': did you mean 'resnet'\?; expected one of mlp_tabular, "
    ):
        workload("resnt")


def test_types_that_are_not_there_are_listed_once() -> None:
    nodes = {i: Node(i, t) for i, t in (("a", "Zither"), ("b", "Dense"), ("c", "Organ"), ("d", "Zither"))}
    assert missing_types(Graph(nodes=nodes)) == ["Organ", "Zither"]
