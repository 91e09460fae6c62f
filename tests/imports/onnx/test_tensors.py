"""Views: what Transpose and Reshape do to them, against NumPy."""

from __future__ import annotations

from math import prod

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from netstudio.graph import Endpoint
from netstudio.imports.onnx.tensors import BATCH, Tensor, blocks, fresh

AT = Endpoint("x", "out")


def seen(x: Tensor, ours: np.ndarray) -> np.ndarray:
    """What ONNX sees of an array of ours, for a batch of len(ours)."""
    sizes = [len(ours), *x.sizes[1:]]
    order = [a for group in x.axes for a in group]
    shape = [prod(sizes[a] for a in group) for group in x.axes]
    gone = [a for a in range(len(sizes)) if a not in order]
    return ours.reshape(sizes).transpose(order + gone).reshape(shape)


@settings(max_examples=60, deadline=None)
@given(st.permutations([0, 1, 2, 3]), st.integers(0, 3), st.integers(0, 3))
def test_views_follow_numpy(order: list[int], split: int, join: int) -> None:
    x = fresh(AT, (4, 6, 2)).transposed(order)
    values = np.arange(3 * 48).reshape(3, 4, 6, 2)
    expected = values.transpose(order)
    shape = list(x.shape)
    if shape[split] != BATCH:
        shape[split : split + 1] = [shape[split] // 2, 2]
    shape[join : join + 2] = [shape[join] * shape[join + 1]] if join + 1 < len(shape) else shape[join:]
    found = x.regrouped(shape)
    assert found is not None
    assert found.shape == tuple(shape)
    concrete = [n // BATCH * 3 if n % BATCH == 0 else n for n in shape]
    np.testing.assert_array_equal(seen(found, values), expected.reshape(concrete))


def test_parts_that_would_be_torn_are_refused() -> None:
    assert fresh(AT, (2, 3)).regrouped((BATCH, 3, 2)) is None
    assert fresh(AT, (2, 3)).regrouped((BATCH, 6)) is not None
    assert fresh(AT, (2, 3)).regrouped((6, BATCH)) is None


def test_axes_of_one_cell_come_and_go() -> None:
    x = fresh(AT, (5,)).regrouped((BATCH, 1, 5, 1))
    assert x is not None
    assert x.axes == ((0,), (), (1,), ())
    assert x.told_apart().shape == (BATCH, 1, 5, 1)


def test_the_batch_is_found_wherever_it_stands() -> None:
    assert fresh(AT, (2, 3)).transposed((1, 0, 2)).batch_axis == 1
    joined = fresh(AT, (2, 3)).regrouped((BATCH * 2, 3))
    assert joined is not None
    assert joined.batch_axis is None


def test_runs_of_neighbours() -> None:
    assert blocks([0, 3, 1, 2]) == [(0,), (3,), (1, 2)]
