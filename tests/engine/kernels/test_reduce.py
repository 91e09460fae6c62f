"""Reductions against NumPy in float64."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kernel_memory import Guarded, arguments, same_bits, strides

from netstudio.engine.kernels import reduce

TWINS = {"sum": np.sum, "mean": np.mean, "max": np.max, "min": np.min}


def run(op, x, axes, workers=1):
    kept = tuple(size for axis, size in enumerate(x.shape) if axis not in axes)
    out = Guarded(kept, x.dtype)
    size = reduce.scratch(op, x.shape, axes, workers, strides(x))
    memory = Guarded((size,), x.dtype)
    for kernel, values, parallel in reduce.instructions(
        op, x.ctypes.data, out.address, x.shape, axes, strides(x), memory.address
    ):
        kernel(arguments(values), x.dtype, workers if parallel else 1)
    memory.check()
    return out.check()


def check(op, x, axes, rtol, atol=0.0):
    found = run(op, x, axes)
    np.testing.assert_allclose(found, TWINS[op](x.astype(float), axis=tuple(axes)), rtol=rtol, atol=atol)
    for workers in (2, 3):
        assert same_bits(run(op, x, axes, workers), found)


@st.composite
def boxes(draw):
    shape = tuple(draw(st.lists(st.sampled_from([1, 2, 3, 5, 9, 33]), min_size=1, max_size=5)))
    axes = draw(st.lists(st.integers(0, len(shape) - 1), unique=True))
    order = draw(st.permutations(range(len(shape))))
    return shape, axes, order


@settings(max_examples=150, deadline=None)
@given(box=boxes(), op=st.sampled_from(list(TWINS)), dtype=st.sampled_from(["float32", "float64"]))
def test_any_axes_of_any_layout(box, op, dtype):
    shape, axes, order = box
    x = np.random.default_rng(0).normal(1, 1, [shape[axis] for axis in order]).astype(dtype)
    x = x.transpose(np.argsort(order))
    rough = op in ("sum", "mean")
    check(op, x, axes, *((2e-6, 1e-5) if rough and dtype == "float32" else (1e-12, 1e-12)))


SHAPES = [
    ((1_000_003,), (0,)),
    ((50_001, 16), (0,)),
    ((20_011, 3), (0,)),
    ((9001, 10), (1,)),
    ((301, 700), (0,)),
    ((7, 700, 11), (1,)),
    ((3, 40_000), (1,)),
    ((20, 13, 11, 24), (0, 1, 2)),
    ((6, 9, 70, 21), (0, 2)),
    ((6, 9, 70, 21), (1, 3)),
    ((300, 1200), (0,)),
]


@pytest.mark.parametrize(("shape", "axes"), SHAPES)
@pytest.mark.parametrize("op", TWINS)
def test_large_ones_in_chunks(op, shape, axes):
    x = np.random.default_rng(1).random(shape).astype("float32")
    check(op, x, axes, 1e-6)
    if op == "max":
        negative = -1 - x
        check(op, negative, axes, 0)


@pytest.mark.parametrize("shape", [(1_000_000,), (100_000, 7)])
def test_a_float32_sum_of_a_million_terms_is_as_good_as_one_of_float64(shape):
    x = (0.1 + np.random.default_rng(2).random(shape)).astype("float32")
    found, exact = run("sum", x, (0,)), x.astype(float).sum(0)
    np.testing.assert_allclose(found, exact, rtol=2.5e-7)


@pytest.mark.parametrize(("shape", "axes"), list(itertools.product([(4, 700), (700, 4)], [(0,), (1,), (0, 1)])))
@pytest.mark.parametrize("op", ["max", "min", "sum"])
def test_a_nan_is_not_lost(op, shape, axes):
    for place in (0, 5, 2799):
        x = np.random.default_rng(0).random(shape).astype("float32")
        x.reshape(-1)[place] = np.nan
        np.testing.assert_array_equal(np.isnan(run(op, x, axes)), np.isnan(TWINS[op](x, axis=axes)))


def test_nothing_reduced():
    x = np.zeros((3, 0), "float32")
    assert run("sum", x, (1,)).tolist() == [0, 0, 0]
    assert run("max", x, (1,)).tolist() == [-np.inf] * 3
    assert run("min", x, (1,)).tolist() == [np.inf] * 3
    assert np.isnan(run("mean", x, (1,))).all()
    assert run("sum", x, (0,)).size == 0


def test_what_is_wrong_is_said():
    with pytest.raises(ValueError, match="no reduction 'prod'; there are sum, mean, max, min"):
        reduce.scratch("prod", (3,), (0,))
    with pytest.raises(ValueError, match=r"axes \(2,\) of a tensor of shape \(3, 4\)"):
        reduce.instructions("sum", 0, 0, (3, 4), (2,))
    with pytest.raises(ValueError, match="at least one column"):
        reduce.argmax_instructions(0, 0, 3, 0)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("columns", [1, 2, 10, 33, 300])
def test_argmax_is_the_first_maximum_and_nan_counts_as_one(columns, dtype):
    random = np.random.default_rng(0)
    x = random.integers(-3, 3, (77, columns)).astype(dtype)
    x[5::9] = -np.inf
    x[::7, columns // 2] = np.nan
    results = []
    for workers in (1, 2, 3):
        out = Guarded((77,), dtype)
        ((kernel, values, _),) = reduce.argmax_instructions(x.ctypes.data, out.address, 77, columns)
        kernel(arguments(values), dtype, workers)
        results.append(out.check())
    for found in results:
        np.testing.assert_array_equal(found, np.argmax(x, axis=1))
