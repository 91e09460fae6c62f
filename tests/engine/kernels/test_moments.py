"""Mean and variance of columns against NumPy in float64."""

import numpy as np
import pytest
from kernel_memory import Guarded, arguments, same_bits

from netstudio.engine.kernels import moments as kernels

ONE_PIECE = [(1, 1), (1, 5), (7, 3), (129, 127), (64, 1024), (1000, 16), (16384, 1)]
SEVERAL = [(70_001, 3), (5000, 16), (16_387, 1), (3001, 130), (257, 128), (129, 700)]
TOLERANCE = {"float32": 1e-6, "float64": 1e-14}


def run(x):
    """The moments of `x`, which are the same bits with 1, 2 and 3 workers."""
    (rows, columns), results = x.shape, []
    for workers in (1, 2, 3):
        out = Guarded((2, columns), x.dtype)
        scratch = Guarded((kernels.scratch(rows, columns),), x.dtype)
        for kernel, values, parallel in kernels.instructions(
            x.ctypes.data, out.address, rows, columns, scratch.address
        ):
            kernel(arguments(values), x.dtype, workers if parallel else 1)
        scratch.check()
        results.append(out.check())
    assert all(same_bits(results[0], other) for other in results[1:])
    return results[0]


def expected(x):
    x = x.astype(np.longdouble)
    return x.mean(0), x.var(0)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("rows", "columns"), [*ONE_PIECE, *SEVERAL])
def test_moments(rows, columns, dtype):
    rng = np.random.default_rng(3)
    x = (rng.normal(size=(rows, columns)) * rng.uniform(0.1, 9.0, columns) + rng.normal(size=columns)).astype(dtype)
    mean, variance = run(x)
    true_mean, true_variance = expected(x)
    np.testing.assert_allclose(mean, true_mean, rtol=0, atol=9.0 * TOLERANCE[dtype])
    np.testing.assert_allclose(variance, true_variance, rtol=10.0 * TOLERANCE[dtype])


def test_the_sizes_are_of_both_kinds():
    assert [kernels.pieces(*size) for size in ONE_PIECE] == [1] * len(ONE_PIECE)
    assert all(kernels.pieces(*size) > 1 for size in SEVERAL)


@pytest.mark.parametrize(("rows", "columns"), [(129, 127), (70_001, 3), (3001, 130)])
def test_a_large_mean_costs_no_digits(rows, columns):
    """E[x²] - E[x]² of these would be off by as much as the variance; here the pieces' means are rounded, no more."""
    x = (np.random.default_rng(3).normal(size=(rows, columns)) + 3e3).astype("float32")
    mean, variance = run(x)
    true_mean, true_variance = expected(x)
    np.testing.assert_allclose(mean, true_mean, rtol=1.2e-7)
    np.testing.assert_allclose(variance, true_variance, rtol=2e-5)


def test_pieces_of_different_means():
    """The rows drift, so that nearly all of the variance lies between the pieces."""
    x = np.repeat(np.linspace(-1e3, 1e3, 40), 1000)[:, None] + np.random.default_rng(3).normal(size=(40_000, 3))
    mean, variance = run(x)
    true_mean, true_variance = expected(x)
    np.testing.assert_allclose(mean, true_mean, rtol=0, atol=1e-12)
    np.testing.assert_allclose(variance, true_variance, rtol=1e-14)


def test_what_is_no_number_shows_in_its_column_alone():
    x = np.random.default_rng(3).normal(size=(5000, 16))
    x[4321, 5] = np.nan
    mean, variance = run(x)
    assert np.flatnonzero(np.isnan(mean)).tolist() == np.flatnonzero(np.isnan(variance)).tolist() == [5]


def test_no_rows_are_refused():
    with pytest.raises(ValueError, match="no mean of 0 rows"):
        kernels.instructions(0, 0, 0, 3, 0)
