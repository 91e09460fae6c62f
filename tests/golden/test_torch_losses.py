"""Losses on the engine in float64 against PyTorch: values and gradients. `make_torch_losses.py` wrote the vectors."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import netstudio as ns
from tests.graphs import graph

with np.load(Path(__file__).parent / "torch_losses.npz", allow_pickle=False) as _file:
    VECTORS = dict(_file)
CASES: list[dict[str, Any]] = json.loads(str(VECTORS["cases"]))


@pytest.mark.parametrize("number", range(len(CASES)))
def test_triplets(number: int) -> None:
    """Each of the three is a kernel, of which each sample picks its row; its gradient is then the kernel's."""
    given = VECTORS["triplet"]
    ports = ("anchor", "positive", "negative")
    batch, features = given[0].shape
    dense = [(p, "Dense", {"units": features, "use_bias": False}) for p in ports]
    nodes = [("x", "Input", {"shape": [batch]}), *dense, ("loss", "TripletMargin", CASES[number])]
    wires = ", ".join([*(f"x {p}" for p in ports), *(f"{p} loss.{p}" for p in ports)])
    model = ns.compile(graph([*nodes, ("out", "Output", {})], f"{wires}, anchor out"), threads=1, dtype="float64")
    model.set_weights({f"{p}/kernel": value for p, value in zip(ports, given, strict=True)})
    rows = np.eye(batch)
    assert model.evaluate(rows, {})["loss"] == pytest.approx(float(VECTORS[f"triplet/{number}/value"]), rel=1e-12)
    gradients = model.gradients(rows, {})
    found = np.stack([gradients[f"{p}/kernel"] for p in ports])
    np.testing.assert_allclose(found, VECTORS[f"triplet/{number}/gradient"], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("number", range(3))
def test_ctc(number: int) -> None:
    pred, target, value, gradient = (VECTORS[f"ctc/{number}/{k}"] for k in ("pred", "target", "value", "gradient"))
    batch, steps, classes = pred.shape
    nodes = [
        ("x", "Input", {"shape": [batch]}), ("d", "Dense", {"units": steps * classes, "use_bias": False}),
        ("r", "Reshape", {"target_shape": [steps, classes]}),
        ("y", "Target", {"shape": [target.shape[1]], "dtype": "int"}), ("loss", "CTC", {}),
    ]  # fmt: skip
    model = ns.compile(graph(nodes, "x d, d r, r loss.pred, y loss.target"), threads=1, dtype="float64")
    model.set_weights({"d/kernel": pred.reshape(batch, -1)})
    rows = np.eye(batch)
    assert model.evaluate(rows, target)["loss"] == pytest.approx(float(value), rel=1e-12)
    found = model.gradients(rows, target)["d/kernel"].reshape(pred.shape)
    np.testing.assert_allclose(found, gradient, rtol=1e-8, atol=1e-12)
