"""The state of a run, and the kernels that read and write it."""

from __future__ import annotations

import numpy as np
import pytest

from netstudio.engine.kernels import state as places
from netstudio.engine.ops import step
from netstudio.engine.parameters import aligned_zeros
from netstudio.engine.program import Program
from netstudio.engine.state import State
from tests.engine.helpers import Bench


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_batches_come_in_the_order_of_the_run(dtype: str) -> None:
    bench = Bench(dtype)
    value = bench.builder.make(step.LOAD, feed=1, shape=(2, 3))
    state = State(2, 0)
    program = Program(bench.program(value).layout, state)
    data = np.arange(21.0, dtype=dtype).reshape(7, 3)
    order = np.array([4, 1, 6, 0, 2, 3])
    state.feed([None, data])
    state.begin(order, 2, 3, np.zeros((3, 0)))
    for batch in range(3):
        program.tape.run()
        np.testing.assert_array_equal(program.shown("0"), data[order[2 * batch : 2 * batch + 2]])
    assert state[places.STEP] == state[places.GLOBAL_STEP] == 3


def test_a_pass_begins_anew_but_counts_on() -> None:
    state = State(1, 2, seed=5)
    state[places.STEP], state[places.GLOBAL_STEP] = 3, 9
    state[places.STOP] = state[places.FAILED] = 1
    state.sums[:] = 7.0
    state.begin(np.arange(4), 2, 2, np.zeros((2, 1)))
    assert [state[p] for p in (places.STEP, places.STOP, places.FAILED)] == [0, 0, 0]
    assert (state[places.GLOBAL_STEP], state[places.SEED], state[places.STRIDE]) == (9, 5, 2)
    assert not state.sums.any()
    assert state.losses.shape == (2,)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("where", [0, 16, 36])
def test_check_finite_finds_one_bad_number(dtype: str, bad: float, where: int) -> None:
    values, state = aligned_zeros(37, dtype), State(0, 0)
    values[:] = np.finfo(dtype).max  # large numbers alone are fine, though their sum would overflow
    arguments = np.array([values.ctypes.data, values.size, state.address, 7], np.int64)
    places.check_finite(arguments, np.dtype(dtype), 3)
    assert state[places.FAILED] == 0
    values[where] = bad
    places.check_finite(arguments, np.dtype(dtype), 3)
    assert state[places.FAILED] == 7


def test_sums_are_in_double_precision() -> None:
    value, factor = np.array([0.1, 3.0], np.float32), np.array([2.0])
    sums = np.array([1e9, 0.0])
    arguments = np.array([value.ctypes.data, 2, sums.ctypes.data, factor.ctypes.data], np.int64)
    places.accumulate(arguments, np.dtype("float32"))
    np.testing.assert_array_equal(sums, [1e9 + 2.0 * float(np.float32(0.1)), 6.0])


def test_scalars_are_those_of_the_step() -> None:
    state, out = State(0, 0), np.zeros(2, np.float32)
    state.begin(np.arange(3), 1, 3, np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]))
    state[places.STEP] = 1
    places.load_scalars(np.array([out.ctypes.data, state.address, 2], np.int64), np.dtype("float32"))
    np.testing.assert_array_equal(out, [3.0, 4.0])


def test_losses_are_kept_by_step() -> None:
    state, loss = State(0, 0), np.array([0.25], np.float32)
    state.begin(np.arange(3), 1, 3, np.zeros((3, 0)))
    state[places.STEP] = 2
    places.record_loss(np.array([loss.ctypes.data, state.address], np.int64), np.dtype("float32"))
    np.testing.assert_array_equal(state.losses, [0.0, 0.0, 0.25])


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("size", [1, 15, 64, 65, 163])
def test_check_finite_looks_at_each_number_and_no_further(dtype: str, size: int) -> None:
    values = aligned_zeros(size + 1, dtype)
    values[:-1], values[-1] = -1.0, np.nan
    for worst in [None, *range(size)]:
        state = State(0, 0)
        values[:-1] = -1.0
        if worst is not None:
            values[worst] = np.inf
        arguments = np.array([values.ctypes.data, size, state.address, 7], np.int64)
        places.check_finite(arguments, np.dtype(dtype), 1)
        assert state[places.FAILED] == (0 if worst is None else 7)
