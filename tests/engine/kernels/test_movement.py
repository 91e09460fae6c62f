"""Copies, gathers, scatters and fills against NumPy's indexing."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kernel_memory import CANARY, Guarded, arguments, same_bits, strides

from netstudio.engine.kernels import movement

DTYPES = ["float32", "float64"]


def address(view):
    return view.ctypes.data


def copy(source, out, workers):
    values = movement.copy(out.shape, address(source), strides(source), address(out), strides(out))
    movement.strided_copy(arguments(values), out.dtype, workers)


def test_contiguous_strides():
    assert movement.contiguous_strides(()) == ()
    assert movement.contiguous_strides((4,)) == (1,)
    assert movement.contiguous_strides((2, 3, 4)) == (12, 4, 1)


def test_collapse_merges_what_runs_on():
    assert movement.collapse((2, 3, 4), [(12, 4, 1)]) == ((24,), [(1,)])
    assert movement.collapse((2, 1, 3, 4), [(12, 99, 4, 1), (0, 99, 4, 1)]) == ((2, 12), [(12, 1), (0, 1)])
    assert movement.collapse((1, 1), [(5, 7)]) == ((), [()])
    with pytest.raises(ValueError, match="17 axes that can't be merged; at most 16"):
        movement.collapse((2,) * 17, [(0, 1) * 8 + (0,)])


@st.composite
def boxes(draw):
    shape = tuple(draw(st.lists(st.sampled_from([1, 2, 3, 5, 16, 37]), max_size=4)))
    repeated = tuple(draw(st.booleans()) for _ in shape)
    order = draw(st.permutations(range(len(shape))))
    steps = tuple(draw(st.sampled_from([1, 1, 2, -1])) for _ in shape)
    place = tuple(draw(st.sampled_from([0, 0, 3])) for _ in shape)
    return shape, repeated, order, steps, place


@settings(max_examples=150, deadline=None)
@given(box=boxes(), dtype=st.sampled_from(DTYPES))
def test_copy_between_any_two_layouts(box, dtype):
    shape, repeated, order, steps, place = box
    own = [1 if r else size * abs(step) for r, size, step in zip(repeated, shape, steps)]
    stored = np.random.default_rng(0).random([own[axis] for axis in order]).astype(dtype)
    source = stored.transpose(np.argsort(order))[(..., *(slice(None, None, s) for s in steps))]
    source = np.broadcast_to(source, shape)
    for workers in (1, 2, 3):
        holder = Guarded([size + margin for size, margin in zip(shape, place)], dtype, CANARY)
        part = [slice(margin // 2, margin // 2 + size) for size, margin in zip(shape, place)]
        view = holder.array[(..., *part)]
        copy(source, view, workers)
        np.testing.assert_array_equal(view, source)
        assert (holder.check() == CANARY).sum() == holder.array.size - view.size


@pytest.mark.parametrize("order", [(1, 0), (0, 2, 1), (2, 0, 1), (2, 1, 0), (1, 0, 2), (0, 3, 1, 2), (0, 2, 3, 1)])
def test_transposes(order):
    x = np.random.default_rng(0).random((33, 18, 21, 7)[: len(order)]).astype("float32")
    for workers in (1, 3):
        out = Guarded([x.shape[axis] for axis in order], "float32")
        copy(x.transpose(order), out.array, workers)
        np.testing.assert_array_equal(out.check(), x.transpose(order))


def test_large_copies_are_shared_out():
    x = np.random.default_rng(0).random(100_001).astype("float32")
    out = Guarded(x.shape, "float32")
    values = arguments(movement.copy(x.shape, address(x), (1,), out.address, (1,)))
    movement.strided_copy(values, "float32", 3)
    np.testing.assert_array_equal(out.check(), x)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("count", [0, 1, 5, 1024, 5000])
def test_fill(count, dtype):
    for workers in (1, 2, 3):
        out = Guarded((count,), dtype)
        movement.fill(arguments(movement.filling(out.address, count, -2.5)), dtype, workers)
        assert (out.check() == -2.5).all()


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("integers", [True, False])
@pytest.mark.parametrize("columns", [1, 7, 40])
def test_gather_rows(columns, integers, dtype):
    random = np.random.default_rng(0)
    table = random.random((11, columns)).astype(dtype)
    index = random.integers(0, 11, 29).astype(np.int64 if integers else dtype)
    for workers in (1, 2, 3):
        out = Guarded((29, columns), dtype)
        values = movement.gathering(address(index), 29, address(table), 11, columns, out.address, integers=integers)
        movement.gather_rows(arguments(values), dtype, workers)
        np.testing.assert_array_equal(out.check(), table[index.astype(int)])


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("integers", [True, False])
@pytest.mark.parametrize("accumulate", [True, False])
def test_scatter_add_rows(accumulate, integers, dtype):
    random = np.random.default_rng(0)
    source = random.random((50, 9)).astype(dtype)
    index = random.integers(0, 7, 50).astype(np.int64 if integers else dtype)
    before = random.random((7, 9)).astype(dtype)
    expected = before.copy() if accumulate else np.zeros((7, 9), dtype)
    np.add.at(expected, index.astype(int), source)
    for workers in (1, 2, 3, 9):
        out = Guarded((7, 9), dtype, before if accumulate else None)
        values = movement.scattering(
            address(index), 50, address(source), 7, 9, out.address, integers=integers, accumulate=accumulate
        )
        movement.scatter_add_rows(arguments(values), dtype, workers)
        assert same_bits(out.check(), expected)


def test_rows_that_are_not_there():
    table = np.ones((3, 2), "float32")
    index = np.array([0, 3, -1, np.nan, np.inf, 2], "float32")
    out = Guarded((6, 2), "float32")
    values = movement.gathering(address(index), 6, address(table), 3, 2, out.address)
    movement.gather_rows(arguments(values), "float32")
    assert np.isnan(out.check()).all(1).tolist() == [False, True, True, True, True, False]
    out = Guarded((3, 2), "float32")
    source = np.ones((6, 2), "float32")
    values = movement.scattering(address(index), 6, address(source), 3, 2, out.address)
    movement.scatter_add_rows(arguments(values), "float32")
    assert out.check().tolist() == [[1, 1], [0, 0], [1, 1]]
