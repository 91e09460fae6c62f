"""Products with a matrix laid out in panels, against NumPy."""

import numpy as np
import pytest
from kernel_memory import Guarded, arguments, same_bits

from netstudio.engine.kernels import block
from netstudio.engine.kernels.abi import kernel
from netstudio.engine.kernels.panels import add_panels, add_rows, lay, panels_of, wide_of

TOLERANCE = {"float32": 1e-5, "float64": 1e-12}


@kernel
def rows_times_panel(a, t, worker, workers):
    """Y (+)= X W. a: address of the block's kernel, X, W, Y, m, k, n, whether to add."""
    b = block.new()
    b[block.COLUMNS] = a[6]
    block.lay_rows(b, 0, a[4], (1, 1, a[4]), (0, 0, a[5]), (0, 0, a[6]))
    add_rows(a[0], b, t, a[1], a[2], a[3], a[5], a[7])


@kernel
def panels_times_panel(a, t, worker, workers):
    """The same where X's columns stand in panels, a[8] wide, as a[9] groups of a[5]."""
    b = block.new()
    b[block.COLUMNS] = a[6]
    block.lay_rows(b, 0, a[4], (1, 1, a[4]), (0, 0, a[8]), (0, 0, a[6]))
    add_panels(a[0], b, t, a[1], a[4] * a[8], a[2], a[3], a[9], a[5], a[7])


def laid(w, dtype, transposed, groups=1):
    """W (k, groups * n) in panels."""
    k, n = w.shape[0], w.shape[1] // groups
    wide = wide_of(np.dtype(dtype).itemsize)
    out = Guarded((groups, panels_of(n, wide), k, wide), dtype)
    held = np.ascontiguousarray(w.T) if transposed else np.ascontiguousarray(w)
    strides = (1, k) if transposed else (w.shape[1], 1)
    sizes = {"groups": groups, "n": n, "rows": k, "strides": strides, "length": k}
    call, values, _ = lay(held.ctypes.data, out.address, **sizes)
    call(arguments(values), dtype, workers=2)
    return out.check()


def columns(panels, n):
    """What stands in panels (groups, panels, k, wide), as a matrix (k, groups * n)."""
    groups, _, k, _ = panels.shape
    return panels.transpose(2, 0, 1, 3).reshape(k, groups, -1)[:, :, :n].reshape(k, groups * n)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("transposed", [False, True])
@pytest.mark.parametrize(("k", "groups", "n"), [(7, 1, 3), (16, 4, 64), (33, 2, 75), (1, 3, 33)])
def test_lay(dtype, transposed, k, groups, n):
    w = np.random.default_rng(1).normal(size=(k, groups * n)).astype(dtype)
    assert same_bits(columns(laid(w, dtype, transposed, groups), n).copy(), w)


def test_rows_of_several_matrices_stand_below_each_other():
    w = np.random.default_rng(2).normal(size=(5, 40)).astype(np.float32)
    out = Guarded((panels_of(40, wide_of(4)), 5, wide_of(4)), np.float32)
    for first, last in ((0, 3), (3, 5)):
        part = np.ascontiguousarray(w[first:last])
        sizes = {"groups": 1, "n": 40, "rows": last - first, "strides": (40, 1), "length": 5, "start": first}
        call, values, _ = lay(part.ctypes.data, out.address, **sizes)
        call(arguments(values), np.float32)
    assert same_bits(columns(out.check()[None], 40).copy(), w)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("add", [False, True])
@pytest.mark.parametrize(("m", "k"), [(5, 7), (64, 300), (9, 0)])
def test_rows_times_panel(dtype, add, m, k):
    n = wide_of(np.dtype(dtype).itemsize) - 3
    rng = np.random.default_rng(3)
    x, w = rng.normal(size=(m, k)).astype(dtype), rng.normal(size=(k, n)).astype(dtype)
    before = rng.normal(size=(m, n)).astype(dtype)
    y, panel = Guarded((m, n), dtype, before), laid(w, dtype, False)
    values = [block.multiply_block.address(dtype), x.ctypes.data, panel.ctypes.data, y.address, m, k, n, int(add)]
    rows_times_panel(arguments(values), dtype)
    expected = x.astype(float) @ w + (before if add else 0.0)
    np.testing.assert_allclose(y.check(), expected, rtol=0, atol=TOLERANCE[dtype] * np.sqrt(k + 1) * 4)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("add", [False, True])
@pytest.mark.parametrize(("m", "groups", "k"), [(5, 4, 7), (9, 4, 128), (6, 3, 300), (17, 1, 33), (3, 2, 64)])
def test_panels_times_panel(dtype, add, m, groups, k):
    wide = wide_of(np.dtype(dtype).itemsize)
    n = wide - 1
    rng = np.random.default_rng(4)
    x, w = rng.normal(size=(m, groups * k)).astype(dtype), rng.normal(size=(groups * k, n)).astype(dtype)
    before = rng.normal(size=(m, n)).astype(dtype)
    y, panel, panels = Guarded((m, n), dtype, before), laid(w, dtype, True), laid(x, dtype, False, groups)
    places = [block.multiply_block.address(dtype), panels.ctypes.data, panel.ctypes.data, y.address]
    panels_times_panel(arguments([*places, m, k, n, int(add), wide, groups]), dtype)
    expected = x.astype(float) @ w + (before if add else 0.0)
    np.testing.assert_allclose(y.check(), expected, rtol=0, atol=TOLERANCE[dtype] * np.sqrt(groups * k) * 4)
