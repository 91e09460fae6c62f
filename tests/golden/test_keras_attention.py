"""Attention against Keras, which `make_keras_attention.py` ran in float64."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import netstudio as ns
from netstudio.graph import Graph, Node, Wire

with np.load(Path(__file__).parent / "attention.npz", allow_pickle=False) as _file:
    VECTORS: dict[str, Any] = dict(_file)
CASES: list[tuple[str, dict[str, Any]]] = json.loads(str(VECTORS["cases"]))
NEAR = 1e-6  # Keras computes means and products of float64 values in single precision


def of(number: int, group: str) -> dict[str, Any]:
    """The arrays of a group by their own names."""
    start = f"{number}/{group}/"
    return {key.removeprefix(start): array for key, array in VECTORS.items() if key.startswith(start)}


def made(number: int) -> tuple[ns.Model, dict[str, Any]]:
    """The layer with a Masking before each input that has a mask, and what comes in."""
    name, params = CASES[number]
    inputs, masks = of(number, "input"), of(number, "mask")
    target = VECTORS[f"{number}/target"]
    nodes, wires = [Node("n", name, params)], []
    for port, x in inputs.items():
        nodes.append(Node(port, "Input", {"shape": list(x.shape[1:])}))
        source = port
        if port in masks:
            source = f"{port}_masked"
            nodes.append(Node(source, "Masking"))
            wires.append(Wire.parse(f"{port}.out", f"{source}.in"))
        wires.append(Wire.parse(f"{source}.out", f"n.{port}"))
    nodes += [Node("y", "Target", {"shape": list(target.shape[1:])}), Node("loss", "MeanSquaredError")]
    wires += [Wire.parse("n.out", "loss.pred"), Wire.parse("y.out", "loss.target")]
    graph = Graph(nodes={n.id: n for n in nodes}, wires=tuple(wires))
    model = ns.compile(graph, threads=1, dtype="float64")
    model.set_weights({f"n/{k}": w for k, w in of(number, "weight").items()})
    return model, inputs


@pytest.mark.parametrize("number", range(len(CASES)), ids=[f"{i}-{name}" for i, (name, _) in enumerate(CASES)])
def test_prediction(number: int) -> None:
    model, inputs = made(number)
    found, expected = model.predict(inputs), VECTORS[f"{number}/prediction"]
    np.testing.assert_allclose(found, expected, rtol=NEAR, atol=NEAR)


@pytest.mark.parametrize("number", [i for i in range(len(CASES)) if of(i, "gradient") and "query" not in of(i, "mask")])
def test_gradients(number: int) -> None:
    """Where the query has a mask our loss would leave out its steps, which the vectors' loss does not."""
    model, inputs = made(number)
    found = model.gradients(inputs, {"y": VECTORS[f"{number}/target"]})
    for key, gradient in of(number, "gradient").items():
        np.testing.assert_allclose(found[f"n/{key}"], gradient, rtol=NEAR, atol=NEAR, err_msg=key)
