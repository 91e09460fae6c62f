"""From a draft to the edit that uses it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from netstudio.catalogue import CATALOGUE
from netstudio.data.prepare import prepare
from netstudio.files.documents import load_graph
from netstudio.graph import Graph, analyse
from netstudio.gui.importing.dialog import in_full
from netstudio.gui.importing.found import begin, find
from netstudio.gui.importing.use import use
from netstudio.resources import SAMPLES


def used(graph: Graph, source: str, **more: Any) -> Graph:
    block, found = begin({"source": source, **more}, None)
    assert not found.problem
    return use(graph, block, found).apply(graph, CATALOGUE)


@pytest.mark.parametrize("name", ["digits", "iris", "wine", "breast_cancer", "diabetes"])
def test_an_empty_graph_comes_to_train_on_a_set(name: str) -> None:
    graph = used(Graph(), f"sklearn:{name}")
    assert graph.name == name
    assert analyse(graph, CATALOGUE).ok
    data = prepare(graph)
    assert data.validation_rows > 0
    assert {len(x) for x in data.x.values()} == {data.rows}


def test_values_far_from_0_to_1_are_scaled_where_no_column_is(tmp_path: Path) -> None:
    draw, label = np.random.default_rng(0), np.arange(40) % 2
    np.savez(tmp_path / "far.npz", image=draw.uniform(0, 255, (40, 8, 8, 1)).astype(np.float32), label=label)
    np.savez(tmp_path / "near.npz", image=draw.uniform(0, 1, (40, 8, 8, 1)).astype(np.float32), label=label)
    assert used(Graph(), str(tmp_path / "far.npz")).data["preprocess"] == {"image": "standardize"}
    assert "preprocess" not in used(Graph(), str(tmp_path / "near.npz")).data


def test_a_graph_of_other_shapes_is_made_to_fit() -> None:
    graph = used(load_graph(SAMPLES / "iris.json"), "sklearn:wine")
    assert list(graph.nodes["sizes"].params["shape"]) == [13]
    assert graph.data["bind"] == {"sizes": "features", "kind": "label"}
    assert prepare(graph).rows > 0


def test_what_was_said_of_nodes_that_are_not_there_is_left_out() -> None:
    iris = load_graph(SAMPLES / "iris.json")
    block = dict(iris.data)
    made = use(Graph(), block, find(block, None)).apply(Graph(), CATALOGUE)
    assert set(made.data["bind"]) <= made.nodes.keys()
    assert prepare(made).rows > 0
    same = use(iris, block, find(block, None)).apply(iris, CATALOGUE)
    assert same.data["preprocess"] == {"sizes": "standardize"}
    assert prepare(same).rows > 0


def test_a_new_document_names_its_data_in_full(tmp_path: Path) -> None:
    (tmp_path / "a.csv").touch()
    assert in_full("a.csv", tmp_path) == str(tmp_path / "a.csv")
    assert in_full("sklearn:iris", tmp_path) == "sklearn:iris"
    assert in_full("/there/a.csv", None) == "/there/a.csv"
