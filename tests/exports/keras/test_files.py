"""The archive and the code that are written for Keras. What Keras makes of them, `check.py` finds out."""

from __future__ import annotations

import ast
import dataclasses
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

import netstudio as ns
from netstudio.errors import ExportWarning, FileError
from netstudio.exports import export
from netstudio.exports.keras.archive import places
from netstudio.exports.keras.build import network
from netstudio.exports.keras.training import compiled
from netstudio.graph import Graph, Node
from netstudio.resources import SAMPLES
from netstudio.training.storage import model_file
from tests.exports.keras.models import graph_of, shapes, trained


def config_of(path: Path) -> Any:
    with zipfile.ZipFile(path) as archive:
        assert archive.namelist() == ["metadata.json", "config.json", "model.weights.h5"]
        return json.loads(archive.read("config.json"))


def test_the_archive_says_what_keras_would(tmp_path: Path) -> None:
    file = trained(two_layers())
    export(file, tmp_path / "m.keras")
    config = config_of(tmp_path / "m.keras")
    assert config["class_name"] == "Functional"
    assert config["config"]["input_layers"] == ["x", 0, 0]
    assert config["config"]["output_layers"] == ["b", 0, 0]
    first, dense, last = config["config"]["layers"]
    assert first == {
        "module": "keras.layers",
        "class_name": "InputLayer",
        "config": {"name": "x", "batch_shape": [None, 4], "dtype": "float32"},
        "registered_name": None,
        "name": "x",
        "inbound_nodes": [],
    }
    assert dense["config"]["kernel_initializer"] == {
        "module": "keras.initializers",
        "class_name": "GlorotUniform",
        "config": {},
        "registered_name": None,
    }
    history = {"shape": [None, 3], "dtype": "float32", "keras_history": ["a", 0, 0]}
    assert last["inbound_nodes"] == [{"args": [{"class_name": "__keras_tensor__", "config": history}], "kwargs": {}}]
    with zipfile.ZipFile(tmp_path / "m.keras") as archive:
        weights = h5py.File(io.BytesIO(archive.read("model.weights.h5")))
    np.testing.assert_array_equal(weights["layers/dense/vars/0"], file.weights["a/kernel"])
    np.testing.assert_array_equal(weights["layers/dense_1/vars/1"], file.weights["b/bias"])
    assert weights["layers/dense_1/vars"].attrs["name"] == "b"


def two_layers() -> Graph:
    nodes = [Node("x", "Input", {"shape": [4]}), Node("a", "Dense", {"units": 3, "activation": "tanh"})]
    nodes += [Node("b", "Dense", {"units": 2}), Node("y", "Output")]
    return graph_of(nodes, "x > a", "a > b", "b > y")


def test_the_same_model_gives_the_same_file(tmp_path: Path) -> None:
    for name in ("one.keras", "two.keras"):
        export(trained(two_layers()), tmp_path / name)
    assert (tmp_path / "one.keras").read_bytes() == (tmp_path / "two.keras").read_bytes()


# By what Keras 3.15 calls them when it opens the file; it goes by depth and by the way back from the outputs.
ORDERS = {
    "branches": ["d3", "d1", "d0", "d4", "d2", "d5", "end", "other"],
    "twins": ["d1", "d0"],
    "blocks": ["b_d", "c_d"],
}


@pytest.mark.parametrize("name", ORDERS)
def test_layers_stand_in_the_order_in_which_keras_has_them(name: str) -> None:
    net = network(trained(dict(shapes())[name]))
    dense = {place: part.name for place, part in places(net) if part.made.name == "Dense"}
    assert list(dense) == [f"dense_{n}" if n else "dense" for n in range(len(dense))]
    assert list(dense.values()) == ORDERS[name]


@pytest.mark.parametrize("path", sorted(SAMPLES.glob("*.json")), ids=lambda p: p.stem)
def test_every_sample_goes_both_ways(path: Path, tmp_path: Path) -> None:
    file = model_file(ns.compile(ns.load_graph(path), seed=0))
    export(file, tmp_path / "m.keras")
    written = export(file, tmp_path / "m.py", "keras")
    assert written == (tmp_path / "m.py", tmp_path / "m.weights.npz")
    code = ast.parse((tmp_path / "m.py").read_text(encoding="utf-8"))
    functions = [n.name for n in code.body if isinstance(n, ast.FunctionDef)]
    assert functions[:2] == ["build_model", "load"]
    assert "answers" in functions
    layers = [p for p in network(file).parts if p.weights]
    with np.load(tmp_path / "m.weights.npz") as arrays:
        assert {f"{p.name}/{n}" for p in layers for n in range(len(p.weights))} <= set(arrays)


def test_code_reads_like_code(tmp_path: Path) -> None:
    export(trained(two_layers()), tmp_path / "m.py", "keras")
    text = (tmp_path / "m.py").read_text(encoding="utf-8")
    for line in (
        '    x = keras.Input((4,), name="x")',
        '    a = layers.Dense(3, activation="tanh", name="a")(x)',
        '    b = layers.Dense(2, name="b")(a)',
        '    return keras.Model(x, b, name="tried")',
    ):
        assert line in text.splitlines()


def test_code_of_others_is_not_written_over(tmp_path: Path) -> None:
    (tmp_path / "m.py").write_text("print('mine')\n")
    with pytest.raises(FileError, match="it holds code that no export wrote"):
        export(trained(two_layers()), tmp_path / "m.py", "keras")
    assert (tmp_path / "m.py").read_text() == "print('mine')\n"


def test_training_goes_along_where_keras_has_all_of_it() -> None:
    said = compiled(ns.load_graph(SAMPLES / "two_heads.json"))
    assert said is not None
    assert (said.optimizer.kind, said.optimizer.name) == ("optimizers", "Adam")
    assert {name: loss.name for name, loss in said.losses.items()} == {
        "scores": "SparseCategoricalCrossentropy",
        "redrawn": "MeanSquaredError",
    }
    assert dict(said.weights) == {"scores": 1.0, "redrawn": 5.0}
    assert compiled(ns.load_graph(SAMPLES / "digits_vae.json")) is None  # its Sampling adds to the loss
    assert compiled(two_layers()) is None  # no loss


def test_people_are_told_that_the_preparation_is_not_inside(tmp_path: Path) -> None:
    file = trained(two_layers())
    scaled = {"steps": {"x": {"kind": "standardize", "shift": [1.0] * 4, "scale": [2.0] * 4}}}
    with pytest.warns(ExportWarning, match="input 'x' takes the data as they were prepared"):
        export(dataclasses.replace(file, preprocessing=scaled), tmp_path / "m.keras")
