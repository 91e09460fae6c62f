"""Blocks of a transformer against PyTorch's, which `make_torch_transformer.py` ran in float64."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import netstudio as ns
from netstudio.graph import Graph, Node, Wire

with np.load(Path(__file__).parent / "transformer_blocks.npz", allow_pickle=False) as _file:
    VECTORS: dict[str, Any] = dict(_file)
CASES: list[tuple[str, dict[str, Any]]] = json.loads(str(VECTORS["cases"]))
PADDING = 1e6  # what stands at steps that do not count: nobody may see it
every_case = pytest.mark.parametrize(
    "number", range(len(CASES)), ids=[f"{i}-{name}" for i, (name, _) in enumerate(CASES)]
)


def of(number: int, group: str) -> dict[str, Any]:
    """The arrays of a group by their own names."""
    start = f"{number}/{group}/"
    return {key.removeprefix(start): array for key, array in VECTORS.items() if key.startswith(start)}


def counts(number: int) -> Any:
    shape = VECTORS[f"{number}/prediction"].shape[:2]
    return VECTORS.get(f"{number}/mask", np.ones(shape, bool))


def made(number: int) -> tuple[ns.Model, dict[str, Any]]:
    """The block behind a Masking, and what comes in."""
    name, params = CASES[number]
    inputs = of(number, "input")
    inputs["in"][~counts(number)] = PADDING
    nodes = [Node(f"x_{port}", "Input", {"shape": list(x.shape[1:])}) for port, x in inputs.items()]
    nodes += [Node("mask", "Masking", {"mask_value": PADDING}), Node("n", name, params)]
    nodes += [Node("y", "Target", {"shape": [5, 6]}), Node("loss", "MeanSquaredError")]
    wires = ["x_in.out mask.in", "mask.out n.in", "n.out loss.pred", "y.out loss.target"]
    wires += [f"x_{port}.out n.{port}" for port in inputs if port != "in"]
    graph = Graph(nodes={n.id: n for n in nodes}, wires=tuple(Wire.parse(*w.split()) for w in wires))
    model = ns.compile(graph, threads=1, dtype="float64")
    model.set_weights({f"n/{key}": w for key, w in of(number, "weight").items()})
    return model, {f"x_{port}": x for port, x in inputs.items()}


@every_case
def test_prediction(number: int) -> None:
    model, inputs = made(number)
    found, expected, there = model.predict(inputs), VECTORS[f"{number}/prediction"], counts(number)
    np.testing.assert_allclose(found[there], expected[there], rtol=1e-9, atol=1e-9)
    assert np.isfinite(found).all()


@every_case
def test_gradients(number: int) -> None:
    model, inputs = made(number)
    found = model.gradients(inputs, {"y": VECTORS[f"{number}/target"]})
    expected = of(number, "gradient")
    assert found.keys() == {f"n/{key}" for key in expected}
    for key, gradient in expected.items():
        np.testing.assert_allclose(found[f"n/{key}"], gradient, rtol=1e-8, atol=1e-10, err_msg=key)
