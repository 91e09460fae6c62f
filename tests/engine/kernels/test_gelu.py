"""GELU and its gradient against the C library's erfc in float64."""

import math

import numpy as np
import pytest
from kernel_memory import Guarded, arguments, same_bits

from netstudio.engine.kernels import gelu as kernels

TOLERANCE = {"float32": 5e-7, "float64": 1e-14}
below = np.vectorize(lambda x: 0.5 * math.erfc(-x / math.sqrt(2.0)), [float])


def run(make, like):
    results = []
    for workers in (1, 2, 5):
        out = Guarded(like.shape, like.dtype)
        for kernel, values, parallel in make(out.address):
            kernel(arguments(values), like.dtype, workers if parallel else 1)
        results.append(out.check())
    assert all(same_bits(results[0], other) for other in results[1:])
    return results[0]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("count", [1, 17, 1024, 5000])
def test_value_and_slope(dtype, count):
    rng = np.random.default_rng(5)
    x, g = (rng.normal(size=count) * 4).astype(dtype), rng.normal(size=count).astype(dtype)
    y = run(lambda out: kernels.forward(x.ctypes.data, out, count), x)
    wide = x.astype(float)
    np.testing.assert_allclose(y, wide * below(wide), rtol=TOLERANCE[dtype], atol=TOLERANCE[dtype] * 4)
    dx = run(lambda out: kernels.backward(g.ctypes.data, x.ctypes.data, out, count), x)
    density = np.exp(-(wide**2) / 2) / math.sqrt(2 * math.pi)
    np.testing.assert_allclose(dx, g * (below(wide) + wide * density), rtol=0, atol=TOLERANCE[dtype] * 10)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_ends(dtype):
    x, g = np.array([-40.0, -0.0, 0.0, 40.0], dtype), np.ones(4, dtype)
    y = run(lambda out: kernels.forward(x.ctypes.data, out, 4), x)
    np.testing.assert_array_equal(y, [0.0, 0.0, 0.0, 40.0])
    dx = run(lambda out: kernels.backward(g.ctypes.data, x.ctypes.data, out, 4), x)
    np.testing.assert_allclose(dx, [0.0, 0.5, 0.5, 1.0], rtol=TOLERANCE[dtype])


def test_accuracy_everywhere():
    """Of the chance itself, so that errors are not lost beside a large x."""
    x = np.linspace(-8, 8, 40001).astype("float32")
    wide, ones = x.astype(float), np.ones_like(x)
    y = run(lambda out: kernels.forward(x.ctypes.data, out, x.size), x)
    np.testing.assert_allclose(y, wide * below(wide), rtol=0, atol=1e-6)
    dx = run(lambda out: kernels.backward(ones.ctypes.data, x.ctypes.data, out, x.size), x)
    density = np.exp(-(wide**2) / 2) / math.sqrt(2 * math.pi)
    np.testing.assert_allclose(dx, below(wide) + wide * density, rtol=0, atol=5e-7)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_no_number_stays_none(dtype):
    x, g = np.array([np.nan, 1.0], dtype), np.ones(2, dtype)
    y = run(lambda out: kernels.forward(x.ctypes.data, out, 2), x)
    dx = run(lambda out: kernels.backward(g.ctypes.data, x.ctypes.data, out, 2), x)
    assert np.isnan(y).tolist() == np.isnan(dx).tolist() == [True, False]
