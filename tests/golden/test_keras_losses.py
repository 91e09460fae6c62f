"""The losses on the engine in float64 against Keras: values and gradients. `make_keras_losses.py` wrote the vectors."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import netstudio as ns
from tests.graphs import graph

with np.load(Path(__file__).parent / "losses.npz", allow_pickle=False) as _file:
    VECTORS = dict(_file)
CASES: list[tuple[str, dict[str, Any]]] = json.loads(str(VECTORS["cases"]))


@pytest.mark.parametrize("number", range(len(CASES)), ids=[f"{i}-{name}" for i, (name, _) in enumerate(CASES)])
def test_value_and_gradient(number: int) -> None:
    """Each sample picks its row of a kernel that holds the prediction, whose gradient is then the kernel's."""
    name, params = CASES[number]
    pred, target, value, gradient = (VECTORS[f"{number}/{k}"] for k in ("pred", "target", "value", "gradient"))
    kind = "int" if target.ndim < pred.ndim else "float"
    nodes = [
        ("x", "Input", {"shape": [len(pred)]}), ("d", "Dense", {"units": pred[0].size}),
        ("r", "Reshape", {"target_shape": list(pred.shape[1:])}),
        ("y", "Target", {"shape": list(target.shape[1:]), "dtype": kind}), ("loss", name, params),
    ]  # fmt: skip
    model = ns.compile(graph(nodes, "x d, d r, r loss.pred, y loss.target"), threads=1, dtype="float64")
    model.set_weights({"d/kernel": pred.reshape(len(pred), -1), "d/bias": np.zeros(pred[0].size)})
    rows = np.eye(len(pred))
    assert model.evaluate(rows, target)["loss"] == pytest.approx(float(value), rel=1e-6)
    gathered = model.gradients(rows, target)["d/kernel"].reshape(pred.shape)
    np.testing.assert_allclose(gathered, gradient, rtol=1e-5, atol=1e-7 * np.abs(gradient).max())
