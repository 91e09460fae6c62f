"""The matrix product against a slow, obvious twin."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netstudio.engine.kernels import gemm

CANARY = 77.0
TOLERANCE = {"float32": 2e-5, "float64": 1e-13}


def naive(x, w, bias, activation):
    """act(x @ w + bias) for (..., m, k) and (..., k, n), in float64, term by term along k."""
    y = np.zeros((*np.broadcast_shapes(x.shape[:-2], w.shape[:-2]), x.shape[-2], w.shape[-1]))
    for k in range(x.shape[-1]):
        y += x[..., :, k, None].astype(float) * w[..., None, k, :]
    y += 0 if bias is None else bias
    return np.maximum(y, 0) if activation else y


def run(instructions, dtype, workers):
    for kernel, arguments, parallel in instructions:
        kernel(np.array(arguments, np.int64), dtype, workers if parallel else 1)


def strides(array):
    return tuple(step // array.itemsize for step in array.strides)


def stored(values, order, gap):
    """`values` (..., r, c) as a view of a larger array full of NaN: transposed in memory or not, rows `gap` apart."""
    shape = values.shape if order == "C" else (*values.shape[:-2], values.shape[-1], values.shape[-2])
    holder = np.full((*shape[:-1], shape[-1] + gap), np.nan, values.dtype)
    view = holder[..., : shape[-1]]
    view = view if order == "C" else np.swapaxes(view, -1, -2)
    view[...] = values
    return view


def multiply(x, w, y, workers, bias=None, activation=0, accumulate=False):
    """Run gemm on views; all but the last two axes are the batch, at most two, of which size 1 is broadcast."""
    batch = (1,) * (4 - y.ndim) + y.shape[:-2]

    def batch_steps(a):
        steps = [0 if size == 1 else step for size, step in zip(a.shape[:-2], strides(a)[:-2])]
        return (0,) * (2 - len(steps)) + tuple(steps)

    (m, k), n = x.shape[-2:], w.shape[-1]
    layout = {"x_strides": strides(x)[-2:], "w_strides": strides(w)[-2:]}
    size = gemm.scratch(m, n, k, layout["x_strides"], layout["w_strides"], workers, x.dtype, batch)
    scratch = np.full(size + 64, np.nan, x.dtype)
    instructions = gemm.instructions(
        x.ctypes.data, w.ctypes.data, y.ctypes.data, m=m, n=n, k=k, **layout, y_stride=strides(y)[-2], batch=batch,
        x_batch=batch_steps(x), w_batch=batch_steps(w), y_batch=batch_steps(y), accumulate=accumulate,
        bias=0 if bias is None else bias.ctypes.data, activation=activation, scratch=scratch.ctypes.data, dtype=x.dtype,
    )  # fmt: skip
    run(instructions, x.dtype, workers)
    assert np.isnan(scratch[size:]).all(), "wrote past its scratch"


def check(x, w, dtype, bias=None, activation=0, accumulate=False, gap=0):
    shape = (*np.broadcast_shapes(x.shape[:-2], w.shape[:-2]), x.shape[-2], w.shape[-1])
    expected = naive(x, w, bias, activation)
    outputs = []
    for workers in (1, 2, 3):
        holder = np.full((*shape[:-2], shape[-2] + 2, shape[-1] + gap), CANARY, dtype)
        y = holder[..., 1:-1, : shape[-1]]
        y[...] = 2.5 if accumulate else np.nan
        multiply(x, w, y, workers, bias, activation, accumulate)
        outputs.append(y.copy())
        y[...] = CANARY
        assert (holder == CANARY).all(), "wrote outside its output"
    scale = np.abs(expected).max(initial=1) + np.sqrt(x.shape[-1])
    np.testing.assert_allclose(outputs[0], expected + 2.5 * accumulate, rtol=0, atol=TOLERANCE[dtype] * scale)
    for other in outputs[1:]:
        np.testing.assert_array_equal(outputs[0], other, "differs with the number of workers")


def normal(shape, dtype, seed):
    return np.random.default_rng(seed).standard_normal(shape).astype(dtype)


sizes = st.integers(1, 70)
orders = st.sampled_from("CF")


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@settings(max_examples=60, deadline=None)
@given(
    m=sizes, n=sizes, k=st.integers(0, 70), x_order=orders, w_order=orders, gap=st.integers(0, 3),
    with_bias=st.booleans(), mode=st.sampled_from(["plain", "relu", "accumulate"]),
)  # fmt: skip
def test_any_size_and_layout(dtype, m, n, k, x_order, w_order, gap, with_bias, mode):
    x = stored(normal((m, k), dtype, 1), x_order, gap)
    w = stored(normal((k, n), dtype, 2), w_order, gap)
    bias = normal(n, dtype, 3) if with_bias else None
    check(x, w, dtype, bias, int(mode == "relu"), mode == "accumulate", gap)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    ("m", "k", "n"),
    [(131, 777, 37), (1100, 65, 130), (9, 20011, 32), (33, 5003, 19), (1, 1030, 3), (600, 1, 70), (1100, 261, 70)],
)
@pytest.mark.parametrize(("x_order", "w_order"), ["CC", "FC", "CF"])
def test_large(dtype, m, k, n, x_order, w_order):
    x = stored(normal((m, k), dtype, 1), x_order, 0)
    w = stored(normal((k, n), dtype, 2), w_order, 0)
    check(x, w, dtype, normal(n, dtype, 3), activation=1)
    check(x, w, dtype, normal(n, dtype, 3), accumulate=True)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    ("x_batch", "w_batch"),
    [((3, 2), (3, 2)), ((3, 2), (1, 2)), ((3, 1), (3, 2)), ((5,), (5,)), ((4,), ()), ((1, 2), (3, 1))],
)
@pytest.mark.parametrize(("x_order", "w_order"), ["CC", "CF", "FC"])
def test_batches(dtype, x_batch, w_batch, x_order, w_order):
    x = stored(normal((*x_batch, 13, 21), dtype, 1), x_order, 2)
    w = stored(normal((*w_batch, 21, 35), dtype, 2), w_order, 1)
    check(x, w, dtype)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("m", "k"), [(1, 1), (1, 40), (5, 3), (16, 16), (33, 37), (200, 64), (70, 0)])
@pytest.mark.parametrize("mode", ["plain", "bias", "relu", "bias relu", "accumulate"])
def test_one_column(mode, m, k, dtype):
    w, bias = normal((k, 1), dtype, 1), normal(1, dtype, 2) if "bias" in mode else None
    for order in "CF":
        x = stored(normal((m, k), dtype, 0), order, gap=3)
        check(x, w, dtype, bias, int("relu" in mode), mode == "accumulate")
    used = gemm.instructions(
        0, 0, 0, m=m, n=1, k=k, x_strides=(k, 1), w_strides=(1, 1), y_stride=1, dtype=dtype, bias=int("bias" in mode)
    )
    assert [kernel.name for kernel, _, _ in used] == ["multiply_column"]


def test_strides_that_no_axis_has_as_one():
    x = normal((20, 3 * 14), "float32", 1)[:, ::3]
    w = normal((28, 2 * 40), "float32", 2)[::2, ::2]
    check(x, w, "float32")


def test_relu_keeps_nan():
    x, w = np.ones((3, 4), "float32"), np.ones((4, 5), "float32")
    x[1, 2] = np.nan
    y = np.zeros((3, 5), "float32")
    multiply(x, w, y, 1, activation=1)
    assert np.isnan(y[1]).all()
    assert (y[::2] == 4).all()


def test_activation_with_accumulation_is_refused():
    x, w, y = np.ones((3, 4), "float32"), np.ones((4, 5), "float32"), np.ones((3, 5), "float32")
    with pytest.raises(ValueError, match="instruction of its own"):
        multiply(x, w, y, 1, activation=1, accumulate=True)


@pytest.mark.parametrize("n", [70, 64, 10])
@pytest.mark.parametrize("w_order", ["C", "F"])
def test_a_large_x_passes_by_once_with_the_same_result(monkeypatch, n, w_order):
    x = stored(normal((1100, 261), "float32", 1), "C", 2)
    w = stored(normal((261, n), "float32", 2), w_order, 1)
    bias, results, packings = normal(n, "float32", 3), [], []
    for far in (gemm.FAR_X, 1 << 40):
        monkeypatch.setattr(gemm, "FAR_X", far)
        packings.append(gemm._packing(*x.shape[:1], n, 261, strides(x), strides(w), "float32", (1, 1)))
        results.append(np.empty((1100, n), np.float32))
        multiply(x, w, results[-1], 1, bias, 1)
    assert packings[0] == gemm.WHOLE != packings[1]
    np.testing.assert_array_equal(*results)
