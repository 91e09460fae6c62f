"""The source of exported modules. That they compute what the models do, check.py finds out where there is PyTorch."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import netstudio as ns
from netstudio.catalogue import CATALOGUE
from netstudio.exports.code.expand import expanded
from netstudio.exports.code.files import weights_beside
from netstudio.exports.torch import write
from netstudio.exports.torch.modules import ROWS
from netstudio.files.documents import graph_from_json
from netstudio.graph import Graph
from netstudio.resources import SAMPLES
from netstudio.training.storage import model_file
from tests.exports.code import models


def source_of(graph: Graph, path: Path) -> str:
    write(model_file(ns.compile(graph, seed=0)), path)
    return path.read_text(encoding="utf-8")


def test_every_layer_and_sample_is_python_that_takes_all_weights(tmp_path: Path) -> None:
    for name, graph in models.graphs():
        file = model_file(ns.compile(graph, seed=0))
        write(file, tmp_path / f"{name}.py")
        text = (tmp_path / f"{name}.py").read_text(encoding="utf-8")
        compile(text, name, "exec")
        read = {
            node.slice.value
            for node in ast.walk(ast.parse(text))
            if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name) and node.value.id == "w"
            if isinstance(node.slice, ast.Constant)
        }
        assert set(expanded(file)[1].weights) <= read, name


def test_rows_are_of_node_types() -> None:
    assert [name for name in ROWS if name not in CATALOGUE] == []


def test_convolutions_follow_each_other_with_the_channels_first(tmp_path: Path) -> None:
    text = source_of(ns.load_graph(SAMPLES / "digits_cnn.json"), tmp_path / "m.py")
    assert text.count(".permute(") == 2
    assert "self.conv1 = nn.Conv2d(1, 32, 3, padding=1)" in text
    assert '"conv1.weight": w["conv1/kernel"].transpose(3, 2, 0, 1),' in text


def test_a_shared_layer_is_one_module(tmp_path: Path) -> None:
    text = source_of(ns.load_graph(SAMPLES / "digits_siamese.json"), tmp_path / "m.py")
    assert text.count("nn.Conv2d(1, 16, 3, padding=1)") == 1
    assert text.count("self.strokes(") == 2


@pytest.mark.parametrize("frozen", [False, True])
def test_frozen_weights_stay(tmp_path: Path, frozen: bool) -> None:
    document = {
        "format": "netstudio/graph",
        "version": 1,
        "nodes": [
            {"id": "x", "type": "Input", "params": {"shape": [3]}},
            {"id": "forward", "type": "Dense", "params": {"units": 2}, "frozen": frozen},
            {"id": "average", "type": "BatchNormalization", "frozen": frozen},
            {"id": "end", "type": "Output"},
        ],
        "wires": [["x.out", "forward.in"], ["forward.out", "average.in"], ["average.out", "end.in"]],
    }
    text = source_of(graph_from_json(document), tmp_path / "m.py")
    assert ("self.forward_.requires_grad_(False)" in text) == frozen
    assert ("nn.Parameter(torch.zeros(2), requires_grad=False)" in text) == frozen
    assert ("nn.BatchNorm1d(2, eps=0.001, momentum=0.01)" in text) != frozen
    assert weights_beside(tmp_path / "m.py").exists()


def test_no_attribute_of_a_module_hides_one_of_pytorchs(tmp_path: Path) -> None:
    """An id may be any word; nn.Module's own methods are found before the modules that it holds."""
    ids = ["forward", "register_forward_hook", "state_dict", "training"]
    nodes = [models.node(id, "Dense", units=3) for id in ids]
    text = source_of(models.chain(models.node("x", "Input", shape=[3]), *nodes), tmp_path / "m.py")
    for id in ids:
        assert f"self.{id}_ = nn.Linear(3, 3)" in text
        assert f"self.{id} =" not in text
