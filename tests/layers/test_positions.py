"""Layers that tell where something stands, against their formulas, step by step."""

from __future__ import annotations

import cmath
import math
from typing import Any

import numpy as np
import pytest

from netstudio.errors import ShapeError
from netstudio.graph import TensorSpec
from netstudio.layers import LAYERS
from tests.numpy_ops import NumpyOps

RNG = np.random.default_rng(4)


def apply(name: str, x: Any, weights: Any = None, **params: Any) -> Any:
    layer: Any = LAYERS[name](**params)
    assert layer.infer(TensorSpec(x.shape[1:])).shape == x.shape[1:]
    return layer.lower(NumpyOps(weights), x)


@pytest.mark.parametrize("features", [1, 4, 5])
def test_waves(features: int) -> None:
    found = apply("SinePositionEncoding", np.zeros((2, 6, features)), max_wavelength=50.0)
    for step in range(6):
        for place in range(features):
            angle = step * 50.0 ** (-2 * (place // 2) / features)
            expected = math.cos(angle) if place % 2 else math.sin(angle)
            assert found[:, step, place] == pytest.approx(expected)


def test_learnt_places() -> None:
    embeddings = RNG.normal(size=(7, 3))
    found = apply("PositionEmbedding", RNG.normal(size=(2, 5, 3)), {"embeddings": embeddings}, sequence_length=7)
    np.testing.assert_array_equal(found, np.stack([embeddings[:5]] * 2))
    with pytest.raises(ShapeError, match="sequence_length is 7") as caught:
        LAYERS["PositionEmbedding"](sequence_length=7).infer(TensorSpec((8, 3)))
    assert caught.value.hints[0].value == 8  # type: ignore[union-attr]


@pytest.mark.parametrize("between", [(), (3,)])
def test_pairs_of_features_are_turned(between: tuple[int, ...]) -> None:
    """As numbers of the complex plane, which a turn multiplies by exp(i · angle)."""
    x = RNG.normal(size=(2, 5, *between, 6))
    found = apply("RotaryEmbedding", x, max_wavelength=30.0, scaling_factor=2.0)
    for step in range(5):
        for pair in range(3):
            turn = cmath.exp(1j * step / 2.0 * 30.0 ** (-2 * pair / 6))
            expected = (x[:, step, ..., pair] + 1j * x[:, step, ..., pair + 3]) * turn
            np.testing.assert_allclose(found[:, step, ..., pair], expected.real, atol=1e-12)
            np.testing.assert_allclose(found[:, step, ..., pair + 3], expected.imag, atol=1e-12)


def test_products_of_turned_vectors_tell_their_distance() -> None:
    q, k = RNG.normal(size=(2, 8))
    turned_q, turned_k = (apply("RotaryEmbedding", np.broadcast_to(x, (1, 9, 8)))[0] for x in (q, k))
    products = turned_q @ turned_k.T
    for away in range(-8, 9):
        assert np.ptp(np.diagonal(products, away)) < 1e-12


@pytest.mark.parametrize("shape", [(4, 3), (4,), ()])
def test_what_can_not_be_turned(shape: tuple[int, ...]) -> None:
    with pytest.raises(ShapeError, match="even number of features"):
        LAYERS["RotaryEmbedding"]().infer(TensorSpec(shape))
