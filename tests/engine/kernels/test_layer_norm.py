"""Layer normalisation and its gradients against NumPy in float64."""

import numpy as np
import pytest
from kernel_memory import Guarded, arguments, same_bits

from netstudio.engine.kernels import layer_norm as kernels

SIZES = [(1, 1), (7, 5), (70, 33), (33, 64), (3000, 3), (4, 1000)]
TOLERANCE = {"float32": 1e-5, "float64": 1e-12}
EPSILON = 1e-3


def run(make, shapes, dtype):
    """The outputs, with 1, 2 and 3 workers, of what `make(their addresses)` gives."""
    results = []
    for workers in (1, 2, 3):
        out = [Guarded(shape, dtype) for shape in shapes]
        for kernel, values, parallel in make(*(o.address for o in out)):
            kernel(arguments(values), dtype, workers if parallel else 1)
        results.append([o.check() for o in out])
    for other in results[1:]:
        assert all(same_bits(a, b) for a, b in zip(results[0], other, strict=True))
    return results[0]


def data(rows, columns, dtype):
    rng = np.random.default_rng(4)
    spread = rng.permuted(np.tile(np.linspace(-3.0, 3.0, columns), (rows, 1)), axis=1)  # no row of nearly equal values
    x = (spread + 0.1 * rng.normal(size=(rows, columns)) + 20.0).astype(dtype)
    return [x, *(rng.normal(size=n).astype(dtype) for n in (columns, columns, (rows, columns)))]


def normal(x):
    x = x.astype(float)
    spread = np.sqrt(x.var(-1, keepdims=True) + EPSILON)
    return (x - x.mean(-1, keepdims=True)) / spread, spread


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("rows", "columns"), SIZES)
def test_forward(rows, columns, dtype):
    x, gamma, beta, _ = data(rows, columns, dtype)
    addresses = [a.ctypes.data for a in (x, gamma, beta)]
    (y,) = run(lambda out: kernels.forward(*addresses, out, rows, columns, EPSILON), [x.shape], dtype)
    np.testing.assert_allclose(y, normal(x)[0] * gamma + beta, rtol=0, atol=TOLERANCE[dtype] * 10)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("rows", "columns"), SIZES)
def test_backward(rows, columns, dtype):
    x, gamma, _, g = data(rows, columns, dtype)
    addresses = [a.ctypes.data for a in (x, gamma, g)]
    shapes = [x.shape, (kernels.chunks(rows), 2, columns)]
    dx, parts = run(lambda *out: kernels.backward(*addresses, *out, rows, columns, EPSILON), shapes, dtype)
    z, spread = normal(x)
    slope = g * gamma.astype(float)
    expected = (slope - slope.mean(-1, keepdims=True) - z * (slope * z).mean(-1, keepdims=True)) / spread
    np.testing.assert_allclose(dx, expected, rtol=0, atol=TOLERANCE[dtype] * 10)
    d_gamma, d_beta = parts.astype(float).sum(0)
    np.testing.assert_allclose(d_gamma, (g * z).sum(0), rtol=0, atol=TOLERANCE[dtype] * rows)
    np.testing.assert_allclose(d_beta, g.astype(float).sum(0), rtol=0, atol=TOLERANCE[dtype] * rows)


def test_a_large_mean_costs_no_digits():
    x, gamma, beta, _ = data(5, 64, "float32")
    x = (x * 100).astype("float32")
    x[0] += np.float32(1e5)
    addresses = [a.ctypes.data for a in (x, gamma, beta)]
    (y,) = run(lambda out: kernels.forward(*addresses, out, *x.shape, EPSILON), [x.shape], "float32")
    np.testing.assert_allclose(y, normal(x)[0] * gamma + beta, rtol=0, atol=1e-3)
