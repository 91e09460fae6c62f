"""Covered boxes, against NumPy's slices."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kernel_memory import Guarded, arguments

from netstudio.engine.kernels import paste as kernels

SHAPE = 5, 6, 9, 2
RNG = np.random.default_rng(1)
IMAGES, OTHER = RNG.normal(size=SHAPE), RNG.normal(size=SHAPE)


def run(other, boxes, dtype="float32", workers=1):
    given = [np.ascontiguousarray(x, dtype) for x in (IMAGES, other, np.transpose(boxes))]
    out = Guarded(SHAPE, dtype)
    addresses = [x.ctypes.data for x in given]
    ((kernel, values, _),) = kernels.instructions(*addresses, out.address, SHAPE, np.ndim(other) == 0)
    kernel(arguments(values), dtype, workers)
    return out.check()


def naive(other, boxes, dtype):
    out, other = IMAGES.astype(dtype), np.broadcast_to(np.asarray(other, dtype), SHAPE)
    for n, (top, left, rows, columns) in enumerate(boxes):
        box = n, slice(top, top + rows), slice(left, left + columns)
        out[box] = other[box]
    return out


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("other", [OTHER, 7.0], ids=["images", "value"])
@given(corners=st.lists(st.tuples(*[st.integers(0, 12)] * 4), min_size=5, max_size=5))
@settings(max_examples=30, deadline=None)
def test_a_box_is_covered_and_nothing_else(dtype, other, corners):
    np.testing.assert_array_equal(run(other, corners, dtype), naive(other, corners, dtype))


def test_a_box_that_is_no_number_writes_nowhere_else():
    for bad in (np.nan, np.inf, -np.inf, -3.0, 1e30):
        out = run(OTHER, [(bad,) * 4] * 5)
        assert ((out == IMAGES.astype("float32")) | (out == OTHER.astype("float32"))).all()


def test_workers_share_the_images():
    boxes = [(n, n, 3, 2 + n) for n in range(5)]
    for workers in (2, 3, 9):
        assert run(OTHER, boxes, workers=workers).tobytes() == run(OTHER, boxes).tobytes()
