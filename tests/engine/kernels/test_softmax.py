"""Softmax and cross-entropy against NumPy in float64; gradients against differences."""

import numpy as np
import pytest
from kernel_memory import Guarded, arguments, same_bits

from netstudio.engine.kernels import softmax as kernels

SIZES = [
    (1, 1),
    (5, 2),
    (128, 10),
    (203, 7),
    (3, 1000),
    (4, 1025),
    (2, 5003),
    (64, 33),
    (1000, 1),
    (9, 16),
    (7, 28),
    (6, 32),
]
DTYPES = ["float32", "float64"]
TOLERANCE = {"float32": 2e-6, "float64": 1e-13}


def softmax(x):
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def log_softmax(x):
    z = x - x.max(-1, keepdims=True)
    return z - np.log(np.exp(z).sum(-1, keepdims=True))


def run(make, shape, dtype, *sources):
    """The result, with 1, 2 and 3 workers, of what `make(addresses of the sources, of the result)` gives."""
    results = []
    for workers in (1, 2, 3):
        out = Guarded(shape, dtype)
        for kernel, values, parallel in make(*(s.ctypes.data for s in sources), out.address):
            kernel(arguments(values), dtype, workers if parallel else 1)
        results.append(out.check())
    assert same_bits(results[0], results[1])
    assert same_bits(results[0], results[2])
    return results[0]


def forward(name, x):
    return run(lambda x_, y: kernels.instructions(name, x_, y, *x.shape), x.shape, x.dtype, x)


def backward(name, y, dy):
    return run(lambda y_, dy_, dx: kernels.grad_instructions(name, y_, dy_, dx, *y.shape), y.shape, y.dtype, y, dy)


def loss(kind, x, target):
    make = lambda x_, t, out: kernels.cross_entropy(kind, x_, t, out, *x.shape)  # noqa: E731
    return run(make, x.shape[:1], x.dtype, x, target)


def loss_grad(kind, x, target, g):
    make = lambda x_, t, g_, out: kernels.cross_entropy_grad(kind, x_, t, g_, out, *x.shape)  # noqa: E731
    return run(make, x.shape, x.dtype, x, target, g)


def normal(shape, dtype, seed=0, scale=3.0):
    return np.random.default_rng(seed).normal(0, scale, shape).astype(dtype)


def one_hot(labels, columns):
    return (labels[:, None] == np.arange(columns)).astype(float)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", SIZES)
def test_forward(shape, dtype):
    x = normal(shape, dtype)
    np.testing.assert_allclose(forward("softmax", x), softmax(x.astype(float)), rtol=4 * TOLERANCE[dtype])
    exact = log_softmax(x.astype(float))
    np.testing.assert_allclose(forward("log_softmax", x), exact, rtol=TOLERANCE[dtype], atol=TOLERANCE[dtype])


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", SIZES)
def test_gradients_from_the_output(shape, dtype):
    x, dy = normal(shape, dtype).astype(float), normal(shape, dtype, 1)
    y = softmax(x)
    exact = y * (dy - (y * dy).sum(-1, keepdims=True))
    found = backward("softmax_grad", y.astype(dtype), dy)
    np.testing.assert_allclose(found, exact, rtol=4 * TOLERANCE[dtype], atol=4 * TOLERANCE[dtype])
    found = backward("log_softmax_grad", log_softmax(x).astype(dtype), dy)
    exact = dy - y * dy.astype(float).sum(-1, keepdims=True)
    np.testing.assert_allclose(found, exact, rtol=1e2 * TOLERANCE[dtype], atol=20 * TOLERANCE[dtype])


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", SIZES)
def test_cross_entropy_and_its_gradient(shape, dtype):
    x, g = normal(shape, dtype), normal(shape[:1], dtype, 1)
    labels = np.random.default_rng(2).integers(0, shape[1], shape[0]).astype(dtype)
    weights = np.random.default_rng(3).random(shape).astype(dtype)
    wide, one = x.astype(float), one_hot(labels, shape[1])
    for kind, target, dense in (("sparse", labels, one), ("dense", weights, weights.astype(float))):
        exact = -(dense * log_softmax(wide)).sum(-1)
        close = {"rtol": 4 * TOLERANCE[dtype], "atol": 4 * TOLERANCE[dtype]}
        np.testing.assert_allclose(loss(kind, x, target), exact, **close)
        exact = (softmax(wide) * dense.sum(-1, keepdims=True) - dense) * g[:, None]
        np.testing.assert_allclose(loss_grad(kind, x, target, g), exact, **close)


@pytest.mark.parametrize("kind", ["sparse", "dense"])
def test_the_gradient_is_that_of_the_loss(kind):
    x, g = normal((4, 6), "float64"), normal((4,), "float64", 1)
    target = np.array([0.0, 5, 2, 2]) if kind == "sparse" else np.random.default_rng(2).random((4, 6))
    found = loss_grad(kind, x, target, g)
    for place in np.ndindex(x.shape):
        step = np.zeros_like(x)
        step[place] = 1e-6
        slope = (loss(kind, x + step, target) - loss(kind, x - step, target)) @ g / 2e-6
        assert found[place] == pytest.approx(slope, abs=1e-8)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("columns", [3, 50, 1500])
def test_huge_logits_stay_finite(columns, dtype):
    x = np.full((3, columns), -1e4, dtype)
    x[:, 0] = [1e4, -1e4, 0]
    labels = np.array([1, 1, 0], dtype)
    np.testing.assert_allclose(loss("sparse", x, labels), [2e4, np.log(columns), 0], rtol=1e-6)
    np.testing.assert_allclose(loss_grad("sparse", x, labels, np.ones(3, dtype))[0, :3], [1, -1, 0])
    np.testing.assert_allclose(loss("dense", x, one_hot(labels, columns).astype(dtype))[0], 2e4, rtol=1e-6)
    assert np.isfinite(forward("log_softmax", x)).all()


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("columns", [3, 28, 50])
def test_probabilities_far_apart(columns, dtype):
    x = np.full((6, columns), -np.inf, dtype)
    x[:, 1], x[:, 2] = 3.0, 3.0 - np.array([0, 1, 80, 87, 120, 1e4])
    found = forward("softmax", x)
    np.testing.assert_allclose(found, softmax(x.astype(float)), rtol=1e-5, atol=2e-38)
    assert not found[:, 0].any()


@pytest.mark.parametrize("columns", [4, 40])
def test_a_nan_spoils_its_own_row_only(columns):
    x = normal((5, columns), "float32")
    x[2, 3] = np.nan
    rows = np.isnan(forward("softmax", x)).all(-1)
    assert rows.tolist() == [False, False, True, False, False]
    assert np.isfinite(forward("softmax", x)[~rows]).all()
    assert np.isnan(loss("sparse", x, np.zeros(5, "float32"))).tolist() == rows.tolist()


def test_a_label_that_is_no_class_gives_nan():
    x = normal((4, 3), "float32")
    labels = np.array([0, 3, -1, np.nan], "float32")
    assert np.isnan(loss("sparse", x, labels)).tolist() == [False, True, True, True]
    gradient = loss_grad("sparse", x, labels, np.ones(4, "float32"))
    assert np.isnan(gradient).all(-1).tolist() == [False, True, True, True]


@pytest.mark.parametrize("kind", ["sparse", "dense"])
def test_one_gradient_may_serve_all_rows(kind):
    x = normal((700, 3), "float32")
    target = np.ones(700, "float32") if kind == "sparse" else np.full((700, 3), 0.5, "float32")
    out, g = Guarded(x.shape, "float32"), np.array([0.25], "float32")
    for kernel, values, _ in kernels.cross_entropy_grad(
        kind, x.ctypes.data, target.ctypes.data, g.ctypes.data, out.address, 700, 3, 0
    ):
        kernel(arguments(values), "float32")
    np.testing.assert_array_equal(out.check(), loss_grad(kind, x, target, np.full(700, 0.25, "float32")))
