"""Sparsemax against sorting, in float64."""

import numpy as np
import pytest
from kernel_memory import Guarded, arguments, same_bits

from netstudio.engine.kernels import sparsemax as kernels
from tests.numpy_ops import sparsemax

TOLERANCE = {"float32": 1e-6, "float64": 1e-14}
every_dtype = pytest.mark.parametrize("dtype", list(TOLERANCE))


def run(x):
    """The result, which must not depend on the number of workers."""
    results = []
    for workers in (1, 2, 4):
        out = Guarded(x.shape, x.dtype)
        for kernel, values, _ in kernels.forward(x.ctypes.data, out.address, *x.shape):
            kernel(arguments(values), x.dtype, workers)
        results.append(out.check())
    assert same_bits(results[0], results[1])
    assert same_bits(results[0], results[2])
    return results[0]


@every_dtype
@pytest.mark.parametrize("shape", [(1, 1), (3, 2), (5, 7), (7, 31), (3, 1001)])
@pytest.mark.parametrize("scale", [1e-3, 1.0, 100.0])
def test_against_sorting(shape, scale, dtype):
    x = (np.random.default_rng(0).normal(size=shape) * scale).astype(dtype)
    y = run(x)
    np.testing.assert_allclose(y, sparsemax(x.astype(float)), atol=TOLERANCE[dtype])
    np.testing.assert_allclose(y.sum(-1), 1.0, rtol=10 * TOLERANCE[dtype])


@every_dtype
def test_equal_values_share(dtype):
    np.testing.assert_allclose(run(np.full((2, 5), 3e4, dtype)), 0.2, rtol=1e-6)


@every_dtype
def test_large_values_lose_nothing(dtype):
    np.testing.assert_allclose(run(np.array([[1e4, 1e4 - 0.5, -1e30, -np.inf]], dtype)), [[0.75, 0.25, 0.0, 0.0]])


@every_dtype
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_what_is_no_number_shows(bad, dtype):
    y = run(np.array([[0.0, bad, 1.0], [0.5, 0.5, -3.0]], dtype))
    assert np.isnan(y[0]).all()
    np.testing.assert_array_equal(y[1], [0.5, 0.5, 0.0])
