"""The loop that measures the peak does the multiply-adds that it is said to do."""

import numpy as np
import pytest

from netstudio.engine.kernels.peak import SUMS, multiply_add_peak, multiply_adds
from netstudio.engine.kernels.vectors import REGISTERS


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_every_sum_of_every_worker_goes_all_rounds(dtype: str) -> None:
    size, rounds, workers = np.dtype(dtype).itemsize, 7, 3
    lanes = REGISTERS.width // size
    rng = np.random.default_rng(0)
    factors, sums = (rng.uniform(-1.0, 1.0, n).astype(dtype) for n in (lanes, workers * SUMS * lanes))
    expected = sums.reshape(-1, lanes).astype(np.float64)
    for _ in range(rounds):
        expected = expected * factors + factors
    tolerance = 20 * np.finfo(dtype).eps
    multiply_add_peak(np.array([factors.ctypes.data, sums.ctypes.data, rounds], np.int64), dtype, workers)
    np.testing.assert_allclose(sums.reshape(-1, lanes), expected, rtol=tolerance, atol=tolerance)
    assert multiply_adds(rounds, size) * workers == rounds * sums.size
