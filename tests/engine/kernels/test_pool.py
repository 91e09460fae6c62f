"""Pooling against loops over windows."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kernel_memory import Guarded, arguments, same_bits

from netstudio.engine.kernels import pool

CASES = [
    # x shape, size, strides, padding (top, bottom, left, right)
    ((2, 6, 8, 32), (2, 2), (2, 2), (0, 0, 0, 0)),
    ((3, 7, 5, 3), (2, 2), (2, 2), (0, 1, 0, 1)),
    ((2, 7, 9, 17), (3, 3), (2, 2), (1, 1, 1, 1)),
    ((1, 8, 7, 70), (3, 2), (1, 1), (1, 1, 0, 1)),
    ((2, 9, 10, 5), (2, 3), (4, 4), (1, 0, 0, 0)),
    ((1, 5, 6, 300), (2, 2), (2, 2), (0, 0, 0, 0)),
    ((2, 5, 6, 4), (5, 6), (1, 1), (0, 0, 0, 0)),
    ((2, 6, 7, 1), (2, 2), (1, 2), (0, 0, 0, 0)),
]


def windows(shape, size, strides, padding):
    """(row, column, slices of the cells inside) of each window."""
    _, height, width, _ = shape
    (kh, kw), (sh, sw), (top, bottom, left, right) = size, strides, padding
    for r in range((height + top + bottom - kh) // sh + 1):
        for c in range((width + left + right - kw) // sw + 1):
            i, j = r * sh - top, c * sw - left
            yield r, c, slice(max(i, 0), min(i + kh, height)), slice(max(j, 0), min(j + kw, width))


def out_shape(shape, *geometry):
    *_, (r, c, _, _) = windows(shape, *geometry)
    return shape[0], r + 1, c + 1, shape[3]


def naive(kind, x, *geometry):
    y = np.empty(out_shape(x.shape, *geometry))
    for r, c, i, j in windows(x.shape, *geometry):
        y[:, r, c] = (np.mean if kind == "average" else np.max)(x[:, i, j].astype(float), axis=(1, 2))
    return np.maximum(y, 0) if kind == "relu_max" else y


def naive_grad(kind, x, g, *geometry):
    dx = np.zeros(x.shape)
    for r, c, i, j in windows(x.shape, *geometry):
        part = x[:, i, j].reshape(x.shape[0], -1, x.shape[3])
        if kind == "max":
            share = np.zeros(part.shape)
            np.put_along_axis(share, part.argmax(1)[:, None], 1, axis=1)
        else:
            share = np.full(part.shape, 1 / part.shape[1])
        dx[:, i, j] += (share * g[:, None, r, c]).reshape(dx[:, i, j].shape)
    return dx


def run(make, shape, dtype):
    results = []
    for workers in (1, 2, 3):
        out = Guarded(shape, dtype)
        for kernel, values, parallel in make(out.address):
            kernel(arguments(values), dtype, workers if parallel else 1)
        results.append(out.check())
    assert same_bits(results[0], results[1])
    assert same_bits(results[0], results[2])
    return results[0]


def forward(kind, x, *geometry):
    shape = out_shape(x.shape, *geometry)
    return run(lambda y: pool.forward(kind, x.ctypes.data, y, x.shape, shape, *geometry), shape, x.dtype)


def grad(kind, x, g, *geometry):
    make = lambda dx: pool.grad(kind, x.ctypes.data, g.ctypes.data, dx, x.shape, g.shape, *geometry)  # noqa: E731
    return run(make, x.shape, x.dtype)


def tolerance(dtype):
    return {"rtol": 2e-6, "atol": 2e-6} if dtype == "float32" else {"rtol": 1e-12, "atol": 1e-12}


def check_forward(kind, x, geometry):
    np.testing.assert_allclose(forward(kind, x, *geometry), naive(kind, x, *geometry), **tolerance(x.dtype))


def check(kind, x, geometry, seed=1):
    close = tolerance(x.dtype)
    check_forward(kind, x, geometry)
    if kind == "max":
        check_forward("relu_max", x, geometry)
    g = np.random.default_rng(seed).normal(size=out_shape(x.shape, *geometry)).astype(x.dtype)
    np.testing.assert_allclose(grad(kind, x, g, *geometry), naive_grad(kind, x, g, *geometry), **close)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("kind", ["max", "average"])
@pytest.mark.parametrize("case", CASES)
def test_pooling_and_its_gradient(case, kind, dtype):
    shape, *geometry = case
    x = np.random.default_rng(0).integers(-4, 4, shape).astype(dtype)  # many cells share a maximum
    check(kind, x, geometry)


@st.composite
def geometries(draw):
    size = draw(st.tuples(st.integers(1, 4), st.integers(1, 4)))
    strides = draw(st.tuples(st.integers(1, 5), st.integers(1, 5)))
    edges = [draw(st.integers(0, size[k // 2] - 1)) for k in range(4)]
    shape = draw(st.integers(1, 2)), draw(st.integers(4, 8)), draw(st.integers(4, 8)), draw(st.sampled_from([1, 3, 18]))
    return shape, size, strides, tuple(edges)


@settings(max_examples=60, deadline=None)
@given(case=geometries(), kind=st.sampled_from(["max", "average"]), dtype=st.sampled_from(["float32", "float64"]))
def test_any_windows(case, kind, dtype):
    shape, *geometry = case
    check(kind, np.random.default_rng(0).integers(-3, 3, shape).astype(dtype), geometry)


@pytest.mark.parametrize("strides", [(2, 2), (1, 1)])
def test_a_nan_is_the_maximum_and_takes_the_gradient(strides):
    x = np.random.default_rng(0).normal(size=(1, 4, 4, 20)).astype("float32")
    x[0, 1, 1, 3::5] = np.nan
    geometry = (2, 2), strides, (0, 0, 0, 0)
    np.testing.assert_array_equal(forward("max", x, *geometry), naive("max", x, *geometry).astype("float32"))
    g = np.ones(out_shape(x.shape, *geometry), "float32")
    np.testing.assert_array_equal(grad("max", x, g, *geometry), naive_grad("max", x, g, *geometry))
