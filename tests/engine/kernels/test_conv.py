"""Convolution and its gradients against a slow, obvious twin."""

import numpy as np
import pytest

from netstudio.engine.kernels import conv
from netstudio.engine.kernels import conv_kernels as at
from netstudio.engine.kernels.conv import Convolution
from netstudio.engine.kernels.conv_shape import phases, staging

CANARY = 77.0
TOLERANCE = {"float32": 2e-5, "float64": 1e-13}

TABLE = {
    "valid 3x3": Convolution(2, 9, 11, 5, 7, (3, 3)),
    "same 3x3": Convolution(3, 6, 8, 4, 33, (3, 3), padding=(1, 1, 1, 1)),
    "one channel": Convolution(5, 10, 7, 1, 32, (3, 3), padding=(1, 1, 1, 1)),
    "three channels": Convolution(2, 12, 13, 3, 16, (5, 5), padding=(2, 2, 2, 2)),
    "1x1": Convolution(3, 5, 7, 19, 40, (1, 1)),
    "1x1 stride 2": Convolution(3, 7, 6, 9, 17, (1, 1), strides=(2, 2)),
    "1x1 stride (3, 2)": Convolution(1, 8, 9, 3, 4, (1, 1), strides=(3, 2)),
    "2x3": Convolution(2, 7, 8, 6, 10, (2, 3), padding=(0, 1, 1, 1)),
    "stride 2": Convolution(2, 9, 12, 5, 18, (3, 3), strides=(2, 2), padding=(1, 1, 0, 1)),
    "stride 2, a rest": Convolution(2, 10, 10, 3, 6, (3, 3), strides=(2, 2)),
    "stride (1, 3)": Convolution(2, 6, 13, 3, 6, (3, 5), strides=(1, 3), padding=(1, 1, 2, 2)),
    "stride over kernel": Convolution(2, 11, 13, 3, 5, (2, 2), strides=(3, 3)),
    "dilation 2": Convolution(2, 11, 10, 4, 9, (3, 3), dilation=(2, 2), padding=(2, 2, 2, 2)),
    "dilation (1, 2), valid": Convolution(2, 7, 12, 4, 9, (2, 3), dilation=(1, 2)),
    "dilation 2, stride 2": Convolution(2, 13, 12, 3, 5, (3, 3), strides=(2, 2), dilation=(2, 2), padding=(2, 2, 1, 2)),
    "dilation 2, stride 3": Convolution(1, 14, 15, 3, 5, (3, 2), strides=(3, 3), dilation=(2, 2), padding=(1, 2, 0, 0)),
    "groups 2": Convolution(2, 7, 6, 6, 38, (3, 3), padding=(1, 1, 1, 1), groups=2),
    "groups 2, stride 2": Convolution(2, 8, 7, 6, 10, (3, 3), strides=(2, 2), padding=(0, 1, 1, 1), groups=2),
    "groups 2, 1x1": Convolution(2, 5, 7, 6, 10, (1, 1), groups=2),
    "depthwise": Convolution(2, 8, 9, 21, 21, (3, 3), padding=(1, 1, 1, 1), groups=21),
    "depthwise, stride 2": Convolution(2, 9, 8, 35, 35, (3, 2), strides=(2, 2), padding=(1, 1, 0, 1), groups=35),
    "depthwise, dilation 2": Convolution(1, 9, 10, 5, 5, (3, 3), dilation=(2, 2), padding=(2, 2, 2, 2), groups=5),
    "depthwise, multiplier 2": Convolution(2, 6, 7, 5, 10, (3, 3), padding=(1, 1, 1, 1), groups=5),
    "many images": Convolution(37, 4, 5, 3, 8, (3, 3), padding=(1, 1, 1, 1)),
    "a row longer than a table": Convolution(2, 1, 1103, 2, 3, (1, 3), padding=(0, 0, 1, 1)),
    "wide and deep": Convolution(1, 3, 4, 200, 70, (3, 3), padding=(1, 1, 1, 1)),
    "many filters": Convolution(3, 11, 12, 9, 70, (3, 3), padding=(1, 1, 1, 1)),
    "many filters, groups 2": Convolution(3, 10, 11, 6, 74, (2, 3), padding=(0, 1, 1, 1), groups=2),
    "many filters, dilation 2": Convolution(3, 14, 13, 5, 97, (3, 2), dilation=(2, 2)),
    "margins wider than the window": Convolution(2, 4, 3, 2, 5, (2, 2), padding=(3, 2, 4, 3)),
    "smaller than the stride": Convolution(3, 2, 3, 4, 5, (2, 2), strides=(4, 3)),
}


def windows(c, padded, i, j):
    """The pixels that tap (i, j) sees: (images, rows, columns, channels) of the padded input, as a view."""
    (oh, ow), (sh, sw), (dh, dw) = c.output, c.strides, c.dilation
    return padded[:, i * dh : i * dh + (oh - 1) * sh + 1 : sh, j * dw : j * dw + (ow - 1) * sw + 1 : sw]


def taps(c):
    """(i, j, channels of the input, filters of the output) for every tap and group."""
    depth, filters = c.channels // c.groups, c.filters // c.groups
    for i in range(c.kernel[0]):
        for j in range(c.kernel[1]):
            for g in range(c.groups):
                yield i, j, slice(g * depth, (g + 1) * depth), slice(g * filters, (g + 1) * filters)


def padded(c, x):
    top, bottom, left, right = c.padding
    return np.pad(x, ((0, 0), (top, bottom), (left, right), (0, 0)))


def naive_forward(c, x, w):
    y = np.zeros((c.images, *c.output, c.filters))
    for i, j, inputs, outputs in taps(c):
        y[..., outputs] += windows(c, padded(c, x), i, j)[..., inputs] @ w[i, j, :, outputs]
    return y


def naive_grad_input(c, dy, w):
    dx = np.zeros((c.images, c.height, c.width, c.channels))
    whole = padded(c, dx)
    for i, j, inputs, outputs in taps(c):
        windows(c, whole, i, j)[..., inputs] += dy[..., outputs] @ w[i, j, :, outputs].T
    top, _, left, _ = c.padding
    return whole[:, top : top + c.height, left : left + c.width]


def naive_grad_kernel(c, x, dy):
    dw = np.zeros((*c.kernel, c.channels // c.groups, c.filters))
    for i, j, inputs, outputs in taps(c):
        seen = windows(c, padded(c, x), i, j)[..., inputs]
        dw[i, j, :, outputs] = np.einsum("nhwc,nhwf->cf", seen, dy[..., outputs])
    return dw


def normal(shape, dtype, seed):
    return np.random.default_rng(seed).standard_normal(shape).astype(dtype)


def operands(c, dtype):
    """x, w and dy."""
    return (
        normal((c.images, c.height, c.width, c.channels), dtype, 1),
        normal((*c.kernel, c.channels // c.groups, c.filters), dtype, 2),
        normal((c.images, *c.output, c.filters), dtype, 3),
    )


def run(c, dtype, shape, scratch_size, make, workers):
    """What the instructions that `make(address of the output, scratch)` returns compute, watched by canaries."""
    size = scratch_size(c, workers, dtype)
    scratch = np.full(size + 64, np.nan, dtype)
    holder = np.full(np.prod(shape) + 128, CANARY, dtype)
    result = holder[64:-64].reshape(shape)
    result[...] = np.nan
    for kernel, arguments, parallel in make(result.ctypes.data, scratch.ctypes.data):
        kernel(np.array(arguments, np.int64), dtype, workers if parallel else 1)
    assert (holder[:64] == CANARY).all(), "wrote before its output"
    assert (holder[-64:] == CANARY).all(), "wrote after its output"
    assert np.isnan(scratch[size:]).all(), "wrote past its scratch"
    return result


def check(c, dtype, expected, scratch_size, make):
    one, *others = (run(c, dtype, expected.shape, scratch_size, make, workers) for workers in (1, 2, 3))
    scale = np.abs(expected).max() + 1
    np.testing.assert_allclose(one, expected, rtol=0, atol=TOLERANCE[dtype] * scale)
    for other in others:
        np.testing.assert_array_equal(one, other, "differs with the number of workers")


over_table = pytest.mark.parametrize("c", TABLE.values(), ids=TABLE.keys())
over_dtypes = pytest.mark.parametrize("dtype", ["float32", "float64"])


@over_table
@over_dtypes
def test_forward(c, dtype):
    x, w, _ = operands(c, dtype)
    expected = naive_forward(c, x.astype(float), w.astype(float))

    def make(y, scratch):
        return conv.forward(c, x.ctypes.data, w.ctypes.data, y, scratch=scratch, dtype=dtype)

    check(c, dtype, expected, conv.forward_scratch, make)


@over_table
@over_dtypes
def test_forward_with_bias_and_relu(c, dtype):
    x, w, _ = operands(c, dtype)
    bias = normal(c.filters, dtype, 4)
    expected = np.maximum(naive_forward(c, x.astype(float), w.astype(float)) + bias, 0)

    def make(y, scratch):
        return conv.forward(
            c, x.ctypes.data, w.ctypes.data, y, bias=bias.ctypes.data, activation=1, scratch=scratch, dtype=dtype
        )

    check(c, dtype, expected, conv.forward_scratch, make)


@over_table
@over_dtypes
def test_grad_input(c, dtype):
    _, w, dy = operands(c, dtype)
    expected = naive_grad_input(c, dy.astype(float), w.astype(float))

    def make(dx, scratch):
        return conv.grad_input(c, dy.ctypes.data, w.ctypes.data, dx, scratch=scratch, dtype=dtype)

    check(c, dtype, expected, conv.grad_input_scratch, make)


@over_table
@over_dtypes
def test_grad_kernel(c, dtype):
    x, _, dy = operands(c, dtype)
    expected = naive_grad_kernel(c, x.astype(float), dy.astype(float))

    def make(dw, scratch):
        return conv.grad_kernel(c, x.ctypes.data, dy.ctypes.data, dw, scratch=scratch, dtype=dtype)

    check(c, dtype, expected, conv.grad_kernel_scratch, make)


def test_workers_that_are_at_different_products_have_workspace_apart():
    """The products of a strided gradient take turns, and one worker may be a product ahead of another."""
    c = Convolution(3, 6, 6, 3, 4, (3, 2), strides=(2, 3), padding=(0, 1, 0, 0))
    *_, (_, arguments, _) = conv.grad_input(c, 0, 0, 0, dtype="float32")
    products = np.reshape(arguments[1:], (arguments[0], at.ARGUMENTS))
    own = {
        staging(tuple(p[at.UNIT_IMAGES : at.UNIT_WIDTH + 1]), *axes, c.filters) for p, axes in zip(products, phases(c))
    }
    assert len(own) > 1
    assert set(products[:, at.SPACE]) == {max(own)}
    shared = conv.grad_input_scratch(c, 0, "float32")
    assert conv.grad_input_scratch(c, 4, "float32") == shared + 4 * max(own)


def test_the_twins_agree():
    """The gradients of sum(forward * dy) along a direction, by differences: the twins themselves are right."""
    c = TABLE["dilation 2, stride 2"]
    x, w, dy = operands(c, "float64")
    along_x, along_w = normal(x.shape, "float64", 5), normal(w.shape, "float64", 6)
    rise = np.vdot(naive_forward(c, along_x, w), dy)
    np.testing.assert_allclose(np.vdot(naive_grad_input(c, dy, w), along_x), rise, rtol=1e-12)
    rise = np.vdot(naive_forward(c, x, along_w), dy)
    np.testing.assert_allclose(np.vdot(naive_grad_kernel(c, x, dy), along_w), rise, rtol=1e-12)
