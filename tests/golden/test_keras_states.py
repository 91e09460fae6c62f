"""Recurrent layers that begin with given states, behind a mask, against Keras (`make_keras_states.py`)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import netstudio as ns
from netstudio.catalogue import CATALOGUE
from netstudio.graph import Graph, Node, Wire

with np.load(Path(__file__).parent / "states.npz", allow_pickle=False) as _file:
    VECTORS: dict[str, Any] = dict(_file)
CASES: list[tuple[str, dict[str, Any]]] = json.loads(str(VECTORS["cases"]))
NEAR = 1e-6  # Keras computes products of float64 values in single precision


def of(number: int, group: str) -> dict[str, Any]:
    """The arrays of a group by their own names; one alone by the name "0"."""
    start, alone = f"{number}/{group}/", VECTORS.get(f"{number}/{group}")
    found = {key.removeprefix(start): array for key, array in VECTORS.items() if key.startswith(start)}
    return found if alone is None else {"0": alone}


@pytest.mark.parametrize("number", range(len(CASES)), ids=[f"{i}-{name}" for i, (name, _) in enumerate(CASES)])
def test_prediction(number: int) -> None:
    name, params = CASES[number]
    layer = CATALOGUE[name](**params)
    weights, states, tokens = of(number, "weight"), of(number, "state"), VECTORS["tokens"]
    vocabulary, features = weights["mask/embeddings"].shape
    nodes = [
        Node("x", "Input", {"shape": [tokens.shape[1]], "dtype": "int"}),
        Node("mask", "Embedding", {"input_dim": vocabulary, "output_dim": features, "mask_zero": True}),
        Node("n", name, params),
        *(Node(f"s{i}", "Input", {"shape": [3]}) for i in states),
        *(Node(f"out{i}", "Output") for i in range(len(layer.outputs))),
    ]
    wires = ["x.out mask.in", "mask.out n.in"]
    wires += [f"s{i}.out n.{port.name}" for i, port in zip(states, layer.inputs[1:], strict=True)]
    wires += [f"n.{port.name} out{i}.in" for i, port in enumerate(layer.outputs)]
    graph = Graph(nodes={n.id: n for n in nodes}, wires=tuple(Wire.parse(*w.split()) for w in wires))
    model = ns.compile(graph, threads=1, dtype="float64")
    model.set_weights(weights)
    found: Any = model.predict({"x": tokens, **{f"s{i}": state for i, state in states.items()}})
    made = list(found.values()) if isinstance(found, dict) else [found]
    for y, expected in zip(made, of(number, "prediction").values(), strict=True):
        np.testing.assert_allclose(y, expected, rtol=NEAR, atol=NEAR)
