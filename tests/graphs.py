"""Graphs that tests of the engine and of training share, and how to write one in a line."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

from netstudio.graph import Graph, Node, Wire

Spec = tuple[str, str, Any]


def graph(nodes: Sequence[Spec], wires: str, frozen: Sequence[str] = (), **training: Any) -> Graph:
    """Nodes as (id, type, params); wires as "a b, b loss.pred": the ports are `out` and `in` where not said."""
    made = {i: Node(i, kind, dict(params), frozen=i in frozen) for i, kind, params in nodes}
    pairs = [pair.split() for pair in wires.split(",")]
    return Graph(
        nodes=made, wires=tuple(Wire.parse(_port(a, "out"), _port(b, "in")) for a, b in pairs), training=training
    )


def _port(text: str, default: str) -> str:
    return text if "." in text else f"{text}.{default}"


def regression(units: Sequence[int] = (8,), activation: str = "tanh", **training: Any) -> Graph:
    """(5,) through Dense layers to (3,), mean squared error."""
    hidden = [(f"d{i}", "Dense", {"units": n, "activation": activation}) for i, n in enumerate(units)]
    names = [i for i, _, _ in hidden]
    nodes = [
        ("x", "Input", {"shape": [5]}), *hidden, ("out", "Dense", {"units": 3}), ("y", "Target", {"shape": [3]}),
        ("loss", "MeanSquaredError", {}),
    ]  # fmt: skip
    chain = ["x", *names, "out"]
    wires = ", ".join(f"{a} {b}" for a, b in itertools.pairwise(chain))
    return graph(nodes, f"{wires}, out loss.pred, y loss.target", **training)


def classifier(classes: int = 4, units: int = 8, **training: Any) -> Graph:
    """(5,) through two Dense layers to class scores."""
    nodes = [
        ("x", "Input", {"shape": [5]}), ("d", "Dense", {"units": units, "activation": "relu"}),
        ("out", "Dense", {"units": classes}), ("y", "Target", {"shape": [], "dtype": "int"}),
        ("loss", "SparseCategoricalCrossentropy", {"from_logits": True}),
    ]  # fmt: skip
    return graph(nodes, "x d, d out, out loss.pred, y loss.target", **training)


def cnn(dropout: float = 0.3, **training: Any) -> Graph:
    """(8, 7, 2) images through convolution, batch normalisation, pooling and dropout to 4 classes."""
    nodes = [
        ("x", "Input", {"shape": [8, 7, 2]}),
        ("conv1", "Conv2D", {"filters": 6, "kernel_size": 3, "padding": "same", "use_bias": False}),
        ("bn", "BatchNormalization", {"momentum": 0.9}),
        ("relu", "ReLU", {}),
        ("pool", "MaxPooling2D", {}),
        ("conv2", "Conv2D", {"filters": 5, "kernel_size": [2, 3], "activation": "relu"}),
        ("flat", "Flatten", {}),
        ("drop", "Dropout", {"rate": dropout}),
        ("out", "Dense", {"units": 4}),
        ("y", "Target", {"shape": [], "dtype": "int"}),
        ("loss", "SparseCategoricalCrossentropy", {"from_logits": True}),
    ]
    wires = "x conv1, conv1 bn, bn relu, relu pool, pool conv2, conv2 flat, flat drop, drop out"
    return graph(nodes, f"{wires}, out loss.pred, y loss.target", **training)


def two_heads(**training: Any) -> Graph:
    """One trunk, one head that tells classes and one that predicts numbers; a penalty on the trunk."""
    nodes = [
        ("x", "Input", {"shape": [5]}),
        (
            "trunk",
            "Dense",
            {"units": 8, "activation": "tanh", "kernel_regularizer": {"type": "L2", "params": {"l2": 0.01}}},
        ),
        ("scores", "Dense", {"units": 4}),
        ("numbers", "Dense", {"units": 3}),
        ("label", "Target", {"shape": [], "dtype": "int"}),
        ("goal", "Target", {"shape": [3]}),
        ("which", "SparseCategoricalCrossentropy", {"from_logits": True, "weight": 0.7}),
        ("near", "MeanSquaredError", {"weight": 2.0}),
    ]
    wires = "x trunk, trunk scores, trunk numbers"
    heads = "scores which.pred, label which.target, numbers near.pred, goal near.target"
    return graph(nodes, f"{wires}, {heads}", **training)
