"""The engine in float32 against PyTorch in float64: predictions, gradients, 50 optimizer steps, and the weights after.

`make_vectors.py` and `make_sequence_vectors.py` wrote the vectors and say how; the graphs here are the same networks.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import netstudio as ns
from netstudio.graph import Graph
from netstudio.training.model import Model
from tests.graphs import graph

BATCH = 16
Array = np.ndarray[Any, Any]


def mlp(**training: Any) -> Graph:
    nodes = [
        ("x", "Input", {"shape": [6]}), ("d1", "Dense", {"units": 12, "activation": "tanh"}),
        ("d2", "Dense", {"units": 7, "activation": "relu"}), ("out", "Dense", {"units": 4}),
        ("y", "Target", {"shape": [], "dtype": "int"}),
        ("loss", "SparseCategoricalCrossentropy", {"from_logits": True}),
    ]  # fmt: skip
    return graph(nodes, "x d1, d1 d2, d2 out, out loss.pred, y loss.target", **training)


def cnn(**training: Any) -> Graph:
    second = {"filters": 4, "kernel_size": [2, 3], "strides": [1, 2], "activation": "relu"}
    nodes = [
        ("x", "Input", {"shape": [7, 6, 2]}),
        ("conv1", "Conv2D", {"filters": 5, "kernel_size": 3, "padding": "same", "use_bias": False}),
        ("bn", "BatchNormalization", {"momentum": 0.9}), ("relu", "ReLU", {}), ("pool", "MaxPooling2D", {}),
        ("conv2", "Conv2D", second), ("flat", "Flatten", {}), ("out", "Dense", {"units": 3}),
        ("y", "Target", {"shape": [], "dtype": "int"}),
        ("loss", "SparseCategoricalCrossentropy", {"from_logits": True}),
    ]  # fmt: skip
    wires = "x conv1, conv1 bn, bn relu, relu pool, pool conv2, conv2 flat, flat out, out loss.pred, y loss.target"
    return graph(nodes, wires, **training)


def two_heads(**training: Any) -> Graph:
    penalty = {"type": "L2", "params": {"l2": 0.01}}
    nodes = [
        ("x", "Input", {"shape": [6]}),
        ("trunk", "Dense", {"units": 10, "activation": "tanh", "kernel_regularizer": penalty}),
        ("scores", "Dense", {"units": 4}), ("numbers", "Dense", {"units": 3}),
        ("label", "Target", {"shape": [], "dtype": "int"}), ("goal", "Target", {"shape": [3]}),
        ("which", "SparseCategoricalCrossentropy", {"from_logits": True, "weight": 0.7}),
        ("near", "MeanSquaredError", {"weight": 2.0}),
    ]  # fmt: skip
    heads = "scores which.pred, label which.target, numbers near.pred, goal near.target"
    return graph(nodes, f"x trunk, trunk scores, trunk numbers, {heads}", **training)


def stacked_lstm(**training: Any) -> Graph:
    nodes = [
        ("x", "Input", {"shape": [7, 5]}),
        ("first", "LSTM", {"units": 6, "return_sequences": True, "go_backwards": True}),
        ("second", "LSTM", {"units": 4}), ("out", "Dense", {"units": 3}),
        ("y", "Target", {"shape": [], "dtype": "int"}),
        ("loss", "SparseCategoricalCrossentropy", {"from_logits": True}),
    ]  # fmt: skip
    return graph(nodes, "x first, first second, second out, out loss.pred, y loss.target", **training)


def transformer(**training: Any) -> Graph:
    heads = {"num_heads": 2, "key_dim": 3, "value_dim": 4, "use_bias": False, "use_causal_mask": True}
    nodes = [
        ("x", "Input", {"shape": [6, 5]}), ("embed", "Dense", {"units": 8}),
        ("norm1", "LayerNormalization", {}), ("attn", "MultiHeadAttention", heads), ("add1", "Add", {}),
        ("norm2", "LayerNormalization", {}), ("ff1", "Dense", {"units": 12, "activation": "gelu"}),
        ("ff2", "Dense", {"units": 8}), ("add2", "Add", {}), ("mean", "GlobalAveragePooling1D", {}),
        ("out", "Dense", {"units": 3}), ("y", "Target", {"shape": [], "dtype": "int"}),
        ("loss", "SparseCategoricalCrossentropy", {"from_logits": True}),
    ]  # fmt: skip
    wires = "x embed, embed norm1, norm1 attn.query, norm1 attn.value, embed add1, attn add1, add1 norm2, norm2 ff1, "
    wires += "ff1 ff2, add1 add2, ff2 add2, add2 mean, mean out, out loss.pred, y loss.target"
    return graph(nodes, wires, **training)


CASES: dict[str, tuple[Callable[..., Graph], str, dict[str, Any]]] = {
    "mlp_sgd": (mlp, "SGD", {"learning_rate": 0.05, "momentum": 0.9, "nesterov": True}),
    "mlp_adagrad": (mlp, "Adagrad", {"learning_rate": 0.1}),
    "mlp_rmsprop": (mlp, "RMSprop", {"learning_rate": 0.01}),
    "mlp_adam": (mlp, "Adam", {"learning_rate": 0.01}),
    "mlp_adamw": (mlp, "AdamW", {"learning_rate": 0.01, "weight_decay": 0.1}),
    "cnn": (cnn, "SGD", {"learning_rate": 0.05, "momentum": 0.9, "nesterov": True}),
    "stacked_lstm": (stacked_lstm, "Adam", {"learning_rate": 0.01}),
    "transformer": (transformer, "Adam", {"learning_rate": 0.01}),
    "two_heads": (two_heads, "AdamW", {"learning_rate": 0.01, "weight_decay": 0.1}),
}
every_case = pytest.mark.parametrize("name", CASES)


def vectors(name: str) -> dict[str, dict[str, Array]]:
    """What the file holds, by the part of the name before the first slash."""
    parts: dict[str, dict[str, Array]] = {}
    with np.load(Path(__file__).parent / f"{name}.npz", allow_pickle=False) as file:
        for key in file.files:
            group, _, rest = key.partition("/")
            parts.setdefault(group, {})[rest] = file[key]
    return parts


def begun(name: str, golden: dict[str, dict[str, Array]]) -> tuple[Model, dict[str, Array], dict[str, Array]]:
    build, kind, params = CASES[name]
    model = ns.compile(build(optimizer={"type": kind, "params": params}), seed=0, threads=2)
    model.set_weights(golden["first"])
    data = golden["data"]
    return model, {"x": data["x"]}, {k: v for k, v in data.items() if k != "x"}


def part(arrays: dict[str, Array], start: int) -> dict[str, Array]:
    return {k: v[start : start + BATCH] for k, v in arrays.items()}


def assert_near(found: Array, expected: Array, tolerance: float, what: str) -> None:
    """The distance of the two is at most `tolerance` of the expected array's norm."""
    assert found.shape == expected.shape, what
    distance = np.linalg.norm(found - expected) / np.linalg.norm(expected)
    assert distance <= tolerance, f"{what} is off by {distance:.2g} of its norm"


@every_case
def test_predictions(name: str) -> None:
    golden = vectors(name)
    model, x, _ = begun(name, golden)
    found = model.predict(x)
    for node, expected in golden["prediction"].items():
        assert_near(found[node] if isinstance(found, dict) else found, expected, 1e-5, node)


@every_case
def test_gradients(name: str) -> None:
    golden = vectors(name)
    model, x, y = begun(name, golden)
    found = model.gradients(part(x, 0), part(y, 0))
    assert found.keys() == golden["gradient"].keys()
    for weight, expected in golden["gradient"].items():
        assert_near(found[weight], expected, 1e-5, weight)


@every_case
def test_fifty_steps(name: str) -> None:
    golden = vectors(name)
    model, x, y = begun(name, golden)
    rows = len(x["x"])
    losses = [
        model.train_on_batch(part(x, i * BATCH % rows), part(y, i * BATCH % rows))["loss"]
        for i in range(len(golden["losses"][""]))
    ]
    assert len(losses) == 50
    np.testing.assert_allclose(losses, golden["losses"][""], rtol=1e-5)
    assert losses[-1] < losses[0], "nothing was learnt, so that little was tested"
    for weight, expected in golden["last"].items():
        assert_near(model.weights[weight], expected, 1e-4, weight)
