"""The file holds the whole model: everything that a model file holds comes back from it, bit for bit."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

import netstudio as ns
from netstudio.errors import ExportError
from netstudio.exports.onnx import model as module
from netstudio.files.documents import graph_from_json
from netstudio.files.models import model_to_json
from netstudio.resources import SAMPLES
from netstudio.training.storage import model_file
from tests.exports.onnx.checks import exported, model_of
from tests.layers.cases import CASES, around


def told(proto: onnx.ModelProto) -> Any:
    (found,) = [p.value for p in proto.metadata_props if p.key == "netstudio"]
    return json.loads(found)


def restored(proto: onnx.ModelProto, name: str, shape: tuple[int, ...]) -> Any:
    """A weight as the metadata says where it is."""
    place = told(proto)["weights"][name]
    if "base64" in place:
        return np.frombuffer(base64.b64decode(place["base64"]), "<f4").reshape(shape)
    held = {t.name: numpy_helper.to_array(t) for t in proto.graph.initializer}[place["initializer"]]
    axes = place["transpose"]
    return (held if axes is None else held.transpose(axes)).reshape(shape)


def of_type(*types: str) -> list[Any]:
    return [next(case for case in CASES if case.type == name) for name in types]


@pytest.mark.parametrize(
    "case",
    of_type("Dense", "Conv2D", "Conv1D", "DepthwiseConv2D", "Conv2DTranspose", "SeparableConv1D", "GRU", "LSTM",
            "BatchNormalization", "Embedding", "MultiHeadAttention", "TransformerEncoder", "ConvLSTM2D", "PReLU"),
    ids=lambda case: case.type,
)  # fmt: skip
def test_every_weight_comes_back(case: Any) -> None:
    model = model_of(around(case))
    proto = exported(model)
    assert set(told(proto)["weights"]) == set(model.weights)
    for name, array in model.weights.items():
        np.testing.assert_array_equal(restored(proto, name, array.shape), array, err_msg=name)


def test_kernels_are_kept_once() -> None:
    model = model_of(ns.load_graph(SAMPLES / "digits_cnn.json"))
    places = told(exported(model))["weights"]
    assert places["conv1/kernel"] == {"initializer": "conv1/kernel", "transpose": [2, 3, 1, 0]}
    assert places["scores/kernel"] == {"initializer": "scores/kernel", "transpose": None}
    assert all("base64" not in place for place in places.values())


def test_the_document_and_what_is_known_of_it_come_back() -> None:
    graph = ns.load_graph(SAMPLES / "iris.json")
    model = model_of(graph)
    model.classes = {"species": ("setosa", "versicolor", "virginica")}
    found = told(exported(model))
    assert found["format"] == "netstudio/onnx"
    assert graph_from_json(found["graph"]) == graph
    wanted = json.loads(json.dumps(model_to_json(model_file(model))))
    assert {k: found[k] for k in ("classes", "preprocessing", "history", "info")} == {
        k: wanted[k] for k in ("classes", "preprocessing", "history", "info")
    }


def test_the_command_and_the_method_write_the_same_file(tmp_path: Path) -> None:
    model = model_of(ns.load_graph(SAMPLES / "iris.json"))
    model.export(tmp_path / "a.onnx")
    model.export(tmp_path / "b.onnx", to="onnx")
    assert (tmp_path / "a.onnx").read_bytes() == (tmp_path / "b.onnx").read_bytes()
    onnx.checker.check_model(str(tmp_path / "a.onnx"), full_check=True)


def test_a_model_too_large_for_a_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_BYTES", 100)
    model = model_of(ns.load_graph(SAMPLES / "iris.json"))
    with pytest.raises(ExportError, match="2 GB at most"):
        model.export(tmp_path / "a.onnx")
    assert not (tmp_path / "a.onnx").exists()
