"""Models that PyTorch and scikit-learn wrote (make_models.py) predict here what they predict there."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from netstudio.imports import read_import

MODELS = sorted((Path(__file__).parent / "models").glob("*.onnx"))


def named(path: Path) -> str:
    return path.stem


@pytest.mark.parametrize("path", MODELS, ids=named)
def test_it_predicts_what_the_model_predicts_where_it_was_made(path: Path) -> None:
    with np.load(path.with_suffix(".npz")) as arrays:
        given = {k[3:]: arrays[k] for k in arrays.files if k.startswith("in_")}
        expected = {k[4:]: arrays[k] for k in arrays.files if k.startswith("out_")}
    imported = read_import(path)
    model = imported.model(threads=1)
    found = model.predict(given if len(given) > 1 else next(iter(given.values())))
    found = found if isinstance(found, dict) else dict.fromkeys(expected, found)
    assert found.keys() == expected.keys()
    for name, wanted in expected.items():
        assert found[name].shape == wanted.shape
        np.testing.assert_allclose(found[name], wanted, rtol=1e-5, atol=1e-5 * np.abs(wanted).max())


@pytest.mark.parametrize(
    ("name", "types"),
    [
        ("cnn_script", "Input Conv2D ReLU MaxPooling2D ZeroPadding2D Conv2D ReLU Flatten Dense ReLU Dense Softmax"),
        ("lstm_script", "Input LSTM Dense"),
        ("mlp_dynamo", "Input Rescaling Flatten Dense ReLU Dense"),
        ("sequence_script", "Input Conv1D ReLU DepthwiseConv1D MaxPooling1D Flatten Dense LogSoftmax"),
    ],
)
def test_no_layer_stands_there_that_only_moves_axes(name: str, types: str) -> None:
    graph = read_import(MODELS[0].with_name(f"{name}.onnx")).graph
    layers = [node.type for node in graph.nodes.values() if node.type not in ("Target",) and "loss" not in node.id]
    assert layers == types.split()


def test_layers_are_called_after_their_weights_and_places() -> None:
    nodes = read_import(MODELS[0].with_name("resnet_script.onnx")).graph.nodes
    assert {"stem", "layer1_0_conv1", "layer1_1_down_0", "fc"} <= nodes.keys()


def test_what_is_used_twice_is_shared() -> None:
    graph = read_import(MODELS[0].with_name("siamese_script.onnx")).graph
    assert [n.params["layer"] for n in graph.nodes.values() if n.type == "Shared"] == ["encoder_0"]


@pytest.mark.parametrize(
    ("name", "loss", "target"),
    [
        ("cnn_script", "SparseCategoricalCrossentropy", []),
        ("volume_script", "BinaryCrossentropy", []),
        ("unet_script", "BinaryCrossentropy", [8, 12, 2]),
        ("decoder_script", "MeanSquaredError", [16, 16, 3]),
    ],
)
def test_the_loss_suits_the_output(name: str, loss: str, target: list[int]) -> None:
    nodes = read_import(MODELS[0].with_name(f"{name}.onnx")).graph.nodes
    assert nodes["loss"].type == loss
    assert nodes["y"].params["shape"] == target


def test_an_imported_model_trains() -> None:
    imported = read_import(MODELS[0].with_name("cnn_script.onnx"))
    model, rng = imported.model(threads=1), np.random.default_rng(0)
    x, y = rng.normal(size=(24, 14, 16, 1)).astype(np.float32), rng.integers(0, 10, 24)
    losses = model.fit(x, y, epochs=30, batch_size=8).history["loss"]
    assert losses[-1] < 0.8 * losses[0]


def test_the_names_of_classes_come_along() -> None:
    imported = read_import(MODELS[0].with_name("sklearn_classes.onnx"))
    assert list(imported.file.classes.values()) == [("ant", "bee", "cat")]
    assert "The output label is left out: it holds text." in [
        n.replace("output_label", "label") for n in imported.notes
    ]
