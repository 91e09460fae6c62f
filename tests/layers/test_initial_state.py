"""Recurrent layers that begin with given states."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from netstudio.errors import ShapeError
from netstudio.graph import TensorSpec
from netstudio.layers import LAYERS
from tests.numpy_ops import NumpyOps

RNG = np.random.default_rng(6)
X = TensorSpec((5, 2))


@pytest.mark.parametrize("kind", ["SimpleRNN", "GRU", "LSTM"])
def test_a_sequence_in_two_parts_is_read_as_one(kind: str) -> None:
    layer: Any = LAYERS[kind](units=3, return_state=True)
    weights = {key: RNG.normal(size=w.shape) for key, w in layer.weights(X).items()}
    x = RNG.normal(size=(4, 5, 2))
    whole = layer.lower(NumpyOps(weights), x)
    _, *states = layer.lower(NumpyOps(weights), x[:, :2])
    for found, expected in zip(layer.lower(NumpyOps(weights), x[:, 2:], *states), whole, strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-12)


@pytest.mark.parametrize(
    ("kind", "initial", "port", "said"),
    [
        ("GRU", [TensorSpec((4,))], "initial_state", "has the shape (4,); expected (3,)"),
        ("LSTM", [TensorSpec((3,))], "initial_state_c", "initial_state_h has a wire and initial_state_c has none"),
        (
            "LSTM",
            [None, TensorSpec((3,))],
            "initial_state_h",
            "initial_state_c has a wire and initial_state_h has none",
        ),
        ("SimpleRNN", [TensorSpec((3,), "int")], "initial_state", "expected (3,)"),
    ],
)
def test_what_is_no_state(kind: str, initial: list[Any], port: str, said: str) -> None:
    with pytest.raises(ShapeError) as caught:
        LAYERS[kind](units=3).infer(X, *initial)
    assert said in str(caught.value)
    assert caught.value.port == port


def test_of_two_ways_each_names_its_own_port() -> None:
    layer = LAYERS["Bidirectional"](layer={"type": "GRU", "params": {"units": 3}})
    assert [p.name for p in layer.inputs] == ["in", "forward_initial_state", "backward_initial_state"]
    with pytest.raises(ShapeError, match="reading backward") as caught:
        layer.infer(X, TensorSpec((3,)), TensorSpec((4,)))
    assert caught.value.port == "backward_initial_state"
