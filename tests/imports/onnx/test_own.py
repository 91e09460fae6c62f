"""What this program exports comes back as it was; and what others read in it means the same here."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest

from netstudio.errors import ModelImportError
from netstudio.files.models import ModelFile
from netstudio.imports import read_import
from netstudio.training.storage import model_file
from tests.layers.cases import CASES, Case, around, names

exporting = pytest.importorskip("netstudio.exports.onnx.model")
# A few of each kind: convolutions, recurrent layers, attention and what else has weights.
SOME = CASES[::12]


def exported(file: ModelFile, folder: Path, metadata: bool = True) -> Path:
    proto = exporting.model_proto(file)
    if not metadata:
        del proto.metadata_props[:]
    onnx.save(proto, folder / "own.onnx")
    return folder / "own.onnx"


def file_of(case: Case) -> ModelFile:
    import netstudio as ns

    return model_file(ns.compile(around(case), seed=1, threads=1))


@pytest.mark.parametrize("case", SOME, ids=names(SOME))
def test_graph_and_weights_come_back_exactly(case: Case, tmp_path: Path) -> None:
    file = file_of(case)
    found = read_import(exported(file, tmp_path)).file
    assert found.graph == file.graph
    assert found.weights.keys() == file.weights.keys()
    for name, array in file.weights.items():
        np.testing.assert_array_equal(found.weights[name], array)


def test_what_another_program_has_changed_is_read_as_any_other_file(tmp_path: Path) -> None:
    """Such as one that has folded weights into each other: what the metadata say is no longer what is computed."""
    file = file_of(first("Dense"))
    path = exported(file, tmp_path)
    proto = onnx.load(path)
    for weight in proto.graph.initializer:
        weight.name = f"folded/{weight.name}"
    for node in proto.graph.node:
        node.input[:] = [f"folded/{n}" if n in file.weights else n for n in node.input]
    onnx.save(proto, path)
    found = read_import(path)
    assert found.notes[0].startswith("An export of this program that another one has changed since")
    import netstudio as ns

    x = np.random.default_rng(0).normal(size=(3, *file.graph.nodes["x0"].params["shape"])).astype(np.float32)
    own = ns.compile(file.graph, seed=1, threads=1)
    np.testing.assert_allclose(found.model(threads=1).predict(x), own.predict(x), rtol=1e-5, atol=1e-5)


def first(type: str) -> Case:
    return next(case for case in CASES if case.type == type)


@pytest.mark.parametrize("type", ["Dense", "Conv2D", "LSTM", "GRU", "LayerNormalization", "BatchNormalization"])
def test_without_the_metadata_it_predicts_the_same(type: str, tmp_path: Path) -> None:
    file = file_of(first(type))
    model, rng = read_import(exported(file, tmp_path, metadata=False)).model(threads=1), np.random.default_rng(0)
    import netstudio as ns

    own = ns.compile(file.graph, seed=1, threads=1)
    x = rng.normal(size=(3, *file.graph.nodes["x0"].params["shape"])).astype(np.float32)
    np.testing.assert_allclose(model.predict(x), own.predict(x), rtol=1e-5, atol=1e-5)


def changed(folder: Path, change: Any) -> Path:
    """An export whose metadata were changed."""
    path = exported(file_of(first("Dense")), folder)
    proto = onnx.load(path)
    [entry] = [p for p in proto.metadata_props if p.key == "netstudio"]
    form = json.loads(entry.value)
    change(form)
    entry.value = json.dumps(form)
    onnx.save(proto, path)
    return path


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda form: form.update(version=99), "update NetStudio"),
        (lambda form: form["weights"].popitem(), "not both in the file and in its graph"),
        (lambda form: form.update(weights={n: {} for n in form["weights"]}), "can't be read"),
        (lambda form: form.update(weights={n: {"base64": "??"} for n in form["weights"]}), "can't be read"),
        (lambda form: form["graph"].update(nodes=[{"id": "x"}]), "the graph in"),
        (lambda form: form.pop("graph"), "can't be read"),
    ],
    ids=["version", "lost weight", "no place", "no base64", "wrong graph", "no graph"],
)
def test_damaged_metadata_are_told(change: Any, expected: str, tmp_path: Path) -> None:
    with pytest.raises(ModelImportError, match=expected):
        read_import(changed(tmp_path, change))
