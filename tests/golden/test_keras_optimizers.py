"""50 steps of each optimizer on the engine against Keras's, in float64. `make_optimizers.py` wrote the vectors."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import netstudio as ns
from netstudio.optimizers import OPTIMIZERS
from tests.graphs import graph

with np.load(Path(__file__).parent / "optimizers.npz", allow_pickle=False) as _file:
    VECTORS = dict(_file)
CASES: list[tuple[str, dict[str, Any]]] = json.loads(str(VECTORS["cases"]))
BATCH = 16


def test_every_optimizer_has_a_case() -> None:
    assert {name for name, _ in CASES} == set(OPTIMIZERS.members)


@pytest.mark.parametrize("number", range(len(CASES)), ids=[f"{i}-{name}" for i, (name, _) in enumerate(CASES)])
def test_fifty_steps(number: int) -> None:
    """Every loss on the way, and the weights at the end."""
    name, params = CASES[number]
    nodes = [
        ("x", "Input", {"shape": [6]}), ("d", "Dense", {"units": 12, "activation": "tanh"}),
        ("out", "Dense", {"units": 4}), ("y", "Target", {"shape": [], "dtype": "int"}),
        ("loss", "SparseCategoricalCrossentropy", {"from_logits": True}),
    ]  # fmt: skip
    optimizer = {"type": name, "params": params}
    model = ns.compile(graph(nodes, "x d, d out, out loss.pred, y loss.target", optimizer=optimizer), dtype="float64")
    model.set_weights({k.removeprefix("first/"): v for k, v in VECTORS.items() if k.startswith("first/")})
    x, y, expected = VECTORS["x"], VECTORS["y"], VECTORS[f"{number}/losses"]
    found = []
    for start in np.arange(len(expected)) * BATCH % len(x):
        found.append(model.train_on_batch(x[start : start + BATCH], y[start : start + BATCH])["loss"])
    model.average_weights()
    np.testing.assert_allclose(found, expected, rtol=1e-5)
    for weight, value in model.weights.items():
        np.testing.assert_allclose(value, VECTORS[f"{number}/last/{weight}"], rtol=1e-5, atol=1e-8, err_msg=weight)
