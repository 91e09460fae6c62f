"""Layers behind a mask against Keras, which `make_keras_masks.py` ran in float64."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import netstudio as ns
from netstudio.catalogue import CATALOGUE
from netstudio.graph import Graph, Node, TensorSpec, Wire

with np.load(Path(__file__).parent / "masks.npz", allow_pickle=False) as _file:
    VECTORS: dict[str, Any] = dict(_file)
CASES: list[tuple[str, dict[str, Any]]] = json.loads(str(VECTORS["cases"]))
TOKENS = VECTORS["tokens"]
NEAR = 1e-6  # Keras computes means and products of float64 values in single precision
every_case = pytest.mark.parametrize(
    "number", range(len(CASES)), ids=[f"{i}-{name}" for i, (name, _) in enumerate(CASES)]
)


def of(number: int, group: str) -> dict[str, Any]:
    """The arrays of a group by their own names."""
    start = f"{number}/{group}/"
    return {key.removeprefix(start): array for key, array in VECTORS.items() if key.startswith(start)}


def made(number: int) -> ns.Model:
    """An Embedding with a mask, the layer, and a loss."""
    name, params = CASES[number]
    vocabulary, features = of(number, "weight")["mask/embeddings"].shape
    shown: Any = CATALOGUE[name](**params).infer(TensorSpec((TOKENS.shape[1], features)))
    nodes = [
        Node("x", "Input", {"shape": [TOKENS.shape[1]], "dtype": "int"}),
        Node("mask", "Embedding", {"input_dim": vocabulary, "output_dim": features, "mask_zero": True}),
        Node("n", name, params),
        Node("y", "Target", {"shape": list(shown.shape)}),
        Node("loss", "MeanSquaredError"),
    ]
    wires = ("x.out mask.in", "mask.out n.in", "n.out loss.pred", "y.out loss.target")
    graph = Graph(
        nodes={n.id: n for n in nodes},
        wires=tuple(Wire.parse(*w.split()) for w in wires),
        training={"metrics": ["mae"]},
    )
    model = ns.compile(graph, threads=1, dtype="float64")
    model.set_weights(of(number, "weight"))
    return model


@every_case
def test_prediction(number: int) -> None:
    np.testing.assert_allclose(made(number).predict(TOKENS), VECTORS[f"{number}/prediction"], rtol=NEAR, atol=NEAR)


@every_case
def test_what_counts(number: int) -> None:
    """The loss and a metric take the mean of the steps that are there."""
    found = made(number).evaluate(TOKENS, VECTORS[f"{number}/target"])
    expected = of(number, "judged")
    assert found == {key: pytest.approx(float(value), rel=NEAR) for key, value in expected.items()}


@every_case
def test_gradients(number: int) -> None:
    found = made(number).gradients(TOKENS, VECTORS[f"{number}/target"])
    for key, gradient in of(number, "gradient").items():
        np.testing.assert_allclose(found[key], gradient, rtol=NEAR, atol=NEAR, err_msg=key)


@pytest.mark.parametrize("number", [i for i in range(len(CASES)) if of(i, "moved")])
def test_averages(number: int) -> None:
    model = made(number)
    model.train_on_batch(TOKENS, VECTORS[f"{number}/target"])
    for key, moved in of(number, "moved").items():
        np.testing.assert_allclose(model.weights[key], moved, rtol=NEAR, err_msg=key)
