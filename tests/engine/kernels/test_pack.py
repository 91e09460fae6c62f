"""Matrices turned over, against NumPy."""

import numpy as np
import pytest
from kernel_memory import Guarded, arguments

from netstudio.engine.kernels.abi import kernel, pointer
from netstudio.engine.kernels.pack import transpose


@kernel
def turn_over(a, t, worker, workers):
    """a: source, its rows' step, target, its rows' step, rows, columns."""
    transpose(pointer(a[0], t), a[1], pointer(a[2], t), a[3], a[4], a[5])


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("shape", [(1, 1), (16, 16), (28, 16), (16, 28), (5, 3), (1, 40), (33, 1), (47, 35)])
def test_any_size(shape, dtype):
    rows, columns = shape
    source = np.random.default_rng(0).normal(size=(rows, columns + 2)).astype(dtype)
    out = Guarded((columns, rows), dtype)
    places = (source.ctypes.data, columns + 2, out.address, rows, rows, columns)
    turn_over(arguments(places), dtype)
    np.testing.assert_array_equal(out.check(), source[:, :columns].T)
