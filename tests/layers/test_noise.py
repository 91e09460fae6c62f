"""Layers that draw random numbers while training: what they draw, and what shares a number."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from netstudio.errors import ParamError
from netstudio.graph.problems import SetParam
from netstudio.graph.tensor import TensorSpec
from netstudio.layers import LAYERS
from tests.layers.test_lower import apply
from tests.layers.test_shapes import refused

ONES = np.ones((50, 8, 40))
NOISY: list[tuple[str, dict[str, Any]]] = [
    ("GaussianNoise", {"stddev": 0.5}),
    ("GaussianDropout", {"rate": 0.3}),
    ("AlphaDropout", {"rate": 0.3}),
    ("SpatialDropout1D", {"rate": 0.3}),
]


@pytest.mark.parametrize(("name", "params"), NOISY)
def test_only_training_is_noisy(name: str, params: dict[str, Any]) -> None:
    np.testing.assert_array_equal(apply(name, ONES, **params), ONES)
    none = dict.fromkeys(params, 0.0)
    np.testing.assert_array_equal(apply(name, ONES, training=True, **none), ONES)
    assert (apply(name, ONES, training=True, **params) != ONES).any()


def test_gaussian_noise() -> None:
    noise = apply("GaussianNoise", ONES, training=True, stddev=0.5) - ONES
    assert abs(noise.mean()) < 0.02
    assert abs(noise.std() - 0.5) < 0.02


def test_gaussian_dropout_has_the_spread_of_dropout() -> None:
    y = apply("GaussianDropout", 3 * ONES, training=True, rate=0.2)
    assert abs(y.mean() - 3) < 0.05
    assert abs(y.std() - 3 * np.sqrt(0.2 / 0.8)) < 0.05


def test_alpha_dropout_keeps_mean_and_variance() -> None:
    x = np.random.default_rng(0).normal(size=(100, 400))
    y = apply("AlphaDropout", x, training=True, rate=0.4)
    assert abs(y.mean()) < 0.02
    assert abs(y.std() - 1) < 0.02
    lowest, counts = np.unique(y, return_counts=True)
    assert abs(counts.max() / y.size - 0.4) < 0.01, "what is dropped takes one value"
    assert lowest[counts.argmax()] < -0.5


def test_spatial_dropout_drops_whole_features() -> None:
    y = apply("SpatialDropout1D", ONES, training=True, rate=0.3)
    np.testing.assert_array_equal(y, np.broadcast_to(y[:, :1], y.shape))
    np.testing.assert_allclose(np.unique(y), [0.0, 1 / 0.7])
    images = apply("SpatialDropout2D", np.ones((50, 3, 2, 40)), training=True, rate=0.3)
    np.testing.assert_array_equal(images, np.broadcast_to(images[:, :1, :1], images.shape))
    assert abs((images[:, 0, 0] == 0).mean() - 0.3) < 0.05


@pytest.mark.parametrize("name", ["Dropout", "AlphaDropout"])
@pytest.mark.parametrize(("noise_shape", "shared"), [([None, 1, 40], 1), ([1, None, None], 0), ([-1, 8, 1], 2)])
def test_noise_shape(name: str, noise_shape: list[int | None], shared: int) -> None:
    y = apply(name, ONES, training=True, rate=0.5, noise_shape=noise_shape)
    first = np.take(y, [0], shared)
    np.testing.assert_array_equal(y, np.broadcast_to(first, y.shape))
    assert 0.3 < (first == first.min()).mean() < 0.7


@pytest.mark.parametrize("noise_shape", [[-1, 1], [-1, 2, 40], [50, 8, 40]])
def test_a_noise_shape_that_does_not_fit(noise_shape: list[int]) -> None:
    message, hints = refused("Dropout", (8, 40), rate=0.5, noise_shape=noise_shape)
    assert f"noise_shape is {noise_shape}" in message
    assert "expected 3 numbers" in message
    assert hints == (SetParam("noise_shape", None),)


def test_a_noise_shape_that_is_none() -> None:
    assert LAYERS["Dropout"](rate=0.5, noise_shape=[None, 1]).noise_shape == (-1, 1)
    with pytest.raises(ParamError, match="the batch axis first"):
        LAYERS["Dropout"](rate=0.5, noise_shape=[0, 1])
    assert LAYERS["Dropout"](rate=0.5).infer(TensorSpec((3,))) == TensorSpec((3,))
