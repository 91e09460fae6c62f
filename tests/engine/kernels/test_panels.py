"""Products with a matrix laid out in panels, against NumPy."""

import numpy as np
import pytest
from kernel_memory import Guarded, arguments, same_bits

from netstudio.engine.kernels.panels import Panels

TOLERANCE = {"float32": 1e-5, "float64": 1e-12}


def run(calls, dtype, workers):
    for kernel, values, parallel in calls:
        kernel(arguments(values), dtype, workers if parallel else 1)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("accumulate", [False, True])
@pytest.mark.parametrize("transposed", [False, True])
@pytest.mark.parametrize(("m", "k", "n"), [(5, 7, 3), (64, 16, 64), (9, 33, 75), (1, 2500, 40), (3, 2, 33)])
def test_product(dtype, accumulate, transposed, m, k, n):
    rng = np.random.default_rng(1)
    x, w = rng.normal(size=(m, k)).astype(dtype), rng.normal(size=(k, n)).astype(dtype)
    before = rng.normal(size=(m, n)).astype(dtype)
    panels = Panels(k, n, np.dtype(dtype))
    held = np.ascontiguousarray(w.T) if transposed else w
    results = []
    for workers in (1, 2, 3):
        laid, y = Guarded((k * n,), dtype), Guarded((m, n), dtype, before)
        scratch = Guarded((panels.scratch(m, workers),), dtype)
        run(panels.lay_out(held.ctypes.data, (1, k) if transposed else (n, 1), laid.address), dtype, workers)
        sizes = {"m": m, "x_stride": k, "y_stride": n, "accumulate": accumulate, "scratch": scratch.address}
        run(panels.product(x.ctypes.data, laid.address, y.address, **sizes), dtype, workers)
        assert sorted(laid.check()) == sorted(w.ravel())
        scratch.check()
        results.append(y.check().copy())
    assert same_bits(results[0], results[1])
    assert same_bits(results[0], results[2])
    expected = x.astype(float) @ w + (before if accumulate else 0.0)
    np.testing.assert_allclose(results[0], expected, rtol=0, atol=TOLERANCE[dtype] * np.sqrt(k) * 4)
