"""Initializers: spread, bounds and Keras's names."""

from math import sqrt
from typing import Any

import numpy as np
import pytest

from netstudio.errors import ParamError
from netstudio.initializers import INITIALIZERS
from netstudio.initializers.base import fans

SHAPE = (3, 5, 40, 60)  # fan in 600, fan out 900


def sample(name: str, shape: tuple[int, ...] = SHAPE, seed: int = 0, **params: Any) -> Any:
    return INITIALIZERS[name](**params).sample(np.random.default_rng(seed), shape)


def test_fans() -> None:
    assert fans(SHAPE) == (600, 900)
    assert fans((7, 3)) == (7, 3)
    assert fans((7,)) == (7, 7)
    assert fans(()) == (1, 1)


def test_constants() -> None:
    assert (sample("Zeros") == 0).all()
    assert (sample("Ones") == 1).all()
    assert (sample("Constant", value=0.25) == 0.25).all()
    assert sample("Constant").max() == 0.0


VARIANCES = [
    ("GlorotUniform", 2 / 1500),
    ("GlorotNormal", 2 / 1500),
    ("HeUniform", 2 / 600),
    ("HeNormal", 2 / 600),
    ("LecunUniform", 1 / 600),
    ("LecunNormal", 1 / 600),
    ("RandomNormal", 0.05**2),
    ("RandomUniform", 0.1**2 / 12),
    ("TruncatedNormal", (0.05 * 0.87962566103423978) ** 2),
    ("VarianceScaling", 1 / 600),
]


@pytest.mark.parametrize(("name", "variance"), VARIANCES)
def test_spread(name: str, variance: float) -> None:
    values = sample(name)
    n = values.size
    # Five standard errors of a mean, and of a variance (which is widest for the normal distribution).
    assert abs(values.mean()) < 5 * sqrt(variance / n)
    assert abs(values.var() / variance - 1) < 5 * sqrt(2 / n)


@pytest.mark.parametrize(("mode", "n"), [("fan_in", 600), ("fan_out", 900), ("fan_avg", 750)])
@pytest.mark.parametrize("distribution", ["truncated_normal", "untruncated_normal", "uniform"])
def test_variance_scaling(mode: str, n: int, distribution: str) -> None:
    values = sample("VarianceScaling", scale=3.0, mode=mode, distribution=distribution)
    deviation = sqrt(3.0 / n)
    assert abs(values.var() / deviation**2 - 1) < 5 * sqrt(2 / values.size)
    largest = abs(values).max() / deviation
    bounds = {"truncated_normal": (2.2, 2.2737), "untruncated_normal": (3.5, 9.0), "uniform": (1.73, sqrt(3))}
    low, high = bounds[distribution]
    assert low < largest <= high


@pytest.mark.parametrize(
    ("name", "like"),
    [
        ("GlorotUniform", {"mode": "fan_avg", "distribution": "uniform"}),
        ("HeNormal", {"scale": 2.0}),
        ("LecunUniform", {"distribution": "uniform"}),
    ],
)
def test_the_named_ones_are_variance_scaling(name: str, like: dict[str, Any]) -> None:
    np.testing.assert_array_equal(sample(name), sample("VarianceScaling", **like))


@pytest.mark.parametrize("shape", [(4, 4), (3, 5), (5, 3)])
def test_identity(shape: tuple[int, ...]) -> None:
    np.testing.assert_array_equal(sample("Identity", shape, gain=2.0), 2.0 * np.eye(*shape))


def test_identity_needs_two_axes() -> None:
    with pytest.raises(ParamError, match=r"\(3,\).*two axes"):
        sample("Identity", (3,))


@pytest.mark.parametrize(
    ("name", "bound"),
    [
        ("GlorotUniform", sqrt(6 / 1500)),
        ("HeUniform", sqrt(6 / 600)),
        ("LecunUniform", sqrt(3 / 600)),
        ("HeNormal", 2 * sqrt(2 / 600) / 0.87962566103423978),
        ("TruncatedNormal", 0.1),
        ("RandomUniform", 0.05),
    ],
)
def test_bounds(name: str, bound: float) -> None:
    largest = abs(sample(name)).max()
    assert 0.99 * bound < largest <= bound


def test_parameters_shift_and_scale() -> None:
    for name in ("RandomNormal", "TruncatedNormal"):
        shifted = sample(name, mean=3.0, stddev=0.5)
        np.testing.assert_allclose(shifted, 3.0 + 10 * sample(name))
    values = sample("RandomUniform", minval=2.0, maxval=5.0)
    assert 2.0 <= values.min() < 2.01
    assert 4.99 < values.max() < 5.0


@pytest.mark.parametrize("shape", [(6, 4), (4, 6), (5, 5), (2, 3, 4), (2, 2, 9)])
def test_orthogonal(shape: tuple[int, ...]) -> None:
    matrix = sample("Orthogonal", shape, gain=2.0).reshape(-1, shape[-1])
    small = matrix if matrix.shape[0] <= matrix.shape[1] else matrix.T
    np.testing.assert_allclose(small @ small.T, 4.0 * np.eye(len(small)), atol=1e-12)


def test_orthogonal_needs_two_axes() -> None:
    with pytest.raises(ParamError, match=r"\(3,\).*two axes"):
        sample("Orthogonal", (3,))
    with pytest.raises(ParamError, match=r"expected \(steps, 1, bins\), the kernel of a Conv1D over one feature"):
        sample("STFT", (8, 2, 5))


@pytest.mark.parametrize("initializer", list(INITIALIZERS), ids=lambda i: i.name)
def test_every_initializer(initializer: Any) -> None:
    shape = (4, 1, 6) if initializer.name == "STFT" else (4, 6)
    values = sample(initializer.name, shape, seed=1)
    assert values.shape == shape
    assert values.dtype == np.float64
    np.testing.assert_array_equal(values, sample(initializer.name, shape, seed=1))
    if not initializer.__module__.endswith(("constants", "identity", "stft")):
        assert (values != sample(initializer.name, shape, seed=2)).any()
    assert initializer.summary_line().endswith(".")


@pytest.mark.parametrize(
    ("alias", "name"),
    [
        *[("zeros", "Zeros"), ("ones", "Ones"), ("constant", "Constant"), ("orthogonal", "Orthogonal")],
        *[("identity", "Identity"), ("variance_scaling", "VarianceScaling")],
        *[("random_normal", "RandomNormal"), ("random_uniform", "RandomUniform")],
        *[
            ("truncated_normal", "TruncatedNormal"),
            ("glorot_uniform", "GlorotUniform"),
            ("glorot_normal", "GlorotNormal"),
        ],
        *[("he_uniform", "HeUniform"), ("he_normal", "HeNormal")],
        *[("lecun_uniform", "LecunUniform"), ("lecun_normal", "LecunNormal")],
    ],
)
def test_strings_of_keras(alias: str, name: str) -> None:
    assert INITIALIZERS.make(alias) == INITIALIZERS[name]()


def test_what_is_no_initializer() -> None:
    with pytest.raises(ParamError, match=r"did you mean '(HeNormal|he_normal)'"):
        INITIALIZERS.make("henormal_")
    with pytest.raises(ParamError, match="expected a name or"):
        INITIALIZERS.make({"class": "Zeros"})
