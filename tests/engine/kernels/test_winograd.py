"""Convolutions by Winograd's transforms: the transforms themselves, when they are used, and how exact they are."""

from dataclasses import replace

import numpy as np
import pytest

from netstudio.engine.kernels import conv, winograd, winograd_transform
from netstudio.engine.kernels.conv import Convolution
from netstudio.engine.kernels.vectors import REGISTERS
from tests.engine.kernels import test_conv as direct

LANE = REGISTERS.width // 4
SAME, NONE, TWO = (1, 1, 1, 1), (0, 0, 0, 0), (2, 2)
# Of the norm of what the sum of absolute values of all terms would be: the share that is lost.
TOLERANCE = 2e-6

TABLE = {
    "same": Convolution(5, 9, 13, LANE, 2 * LANE, (3, 3), padding=SAME),
    "valid": Convolution(7, 11, 14, 3 * LANE, LANE, (3, 3), padding=NONE),
    "margins that differ": Convolution(4, 14, 13, LANE, LANE, (3, 3), padding=(2, 0, 1, 2)),
    "margins wider than the window": Convolution(3, 12, 11, LANE, LANE, (3, 3), padding=(4, 3, 5, 4)),
    "whole tiles": Convolution(4, 8, 12, LANE, LANE, (3, 3), padding=SAME),
    "more tiles than are under way": Convolution(19, 29, 17, LANE, LANE, (3, 3), padding=SAME),
    "more channels than a band": Convolution(2, 13, 14, 80, 144, (3, 3), padding=SAME),
    "most channels": Convolution(1, 16, 17, 256, 256, (3, 3), padding=SAME),
    "stride 2": Convolution(8, 16, 24, LANE, 2 * LANE, (3, 3), TWO, padding=(0, 1, 0, 1)),
    "stride 2, odd": Convolution(8, 19, 15, 2 * LANE, LANE, (3, 3), TWO, padding=SAME),
    "stride 2, margins that differ": Convolution(8, 15, 18, LANE, 3 * LANE, (3, 3), TWO, padding=(1, 0, 0, 2)),
    "stride 2, margins wider than the window": Convolution(6, 14, 17, LANE, LANE, (3, 3), TWO, padding=(4, 3, 5, 4)),
    "stride 2, valid": Convolution(9, 32, 37, LANE, LANE, (3, 3), TWO),
    "stride 2, more channels than a band": Convolution(8, 15, 17, 48, 80, (3, 3), TWO, padding=SAME),
}
# Where vectors may be cut short.
RAGGED = {
    "ragged": Convolution(5, 9, 13, 24, 72, (3, 3), padding=SAME),
    "ragged, less than a vector": Convolution(4, 11, 14, 10, 9, (3, 3), padding=NONE),
    "ragged, more than a band": Convolution(2, 9, 10, 72, 135, (3, 3), padding=SAME),
    "ragged, stride 2": Convolution(6, 18, 17, 40, 72, (3, 3), TWO, padding=SAME),
}
TABLE |= RAGGED if winograd_transform.ANY_CHANNELS else {}
over_table = pytest.mark.parametrize("c", TABLE.values(), ids=TABLE.keys())


def evaluate(phase, name, values):
    """A transform on both sides of a tile."""
    rows, columns = (getattr(axis, name) for axis in phase)
    return rows[1] @ rows[0] @ values @ (columns[1] @ columns[0]).T


def windows(values, size):
    return np.lib.stride_tricks.sliding_window_view(values, size)


@pytest.mark.parametrize("phase", winograd_transform.PHASES)
def test_the_transforms_convolve(phase):
    random = np.random.default_rng(0)
    taps = [axis.filter[0].shape[1] for axis in phase]
    seen = [axis.input[0].shape[1] for axis in phase]
    x, w, dy = random.normal(size=seen), random.normal(size=taps), random.normal(size=(4, 4))
    values = evaluate(phase, "input", x)
    y = evaluate(phase, "output", values * evaluate(phase, "filter", w))
    np.testing.assert_allclose(y, (windows(x, taps) * w).sum((2, 3))[:4, :4], atol=1e-12)
    dw = evaluate(phase, "kernel", values * evaluate(phase, "slope", dy))
    np.testing.assert_allclose(dw, (windows(x, (4, 4)) * dy).sum((2, 3))[: taps[0], : taps[1]], atol=1e-12)


def test_the_phases_of_a_stride_meet_at_the_same_points():
    """One tap alone has the values of two taps whose second is 0, but for the last point, where that has none."""
    outer, inner = winograd_transform.OUTER, winograd_transform.INNER
    with_none = outer.filter[1] @ outer.filter[0][:, :1]
    np.testing.assert_array_equal(inner.filter[1] @ inner.filter[0], with_none[:-1])
    assert with_none[-1] == 0


def test_the_factors_of_data_are_exact_in_float32():
    for axis in {axis for phase in winograd_transform.PHASES for axis in phase}:
        for matrix in (*axis.input, *axis.slope, *axis.output):
            np.testing.assert_array_equal(matrix, matrix.astype(np.float32))


def test_it_is_used_for_all_of_the_table():
    assert all(winograd.pays(c, np.float32) for c in TABLE.values())


@pytest.mark.parametrize(
    "change",
    [
        {"kernel": (3, 2)}, {"kernel": (5, 5)}, {"strides": (2, 1)}, {"dilation": (1, 2)}, {"groups": 2},
        {"channels": 4, "filters": 5}, {"channels": 1}, {"filters": 512}, {"height": 4, "padding": NONE},
        {"images": 1, "height": 6, "width": 6}, {"images": 5, "height": 18, "width": 20, "strides": TWO},
        {"images": 9, "height": 18, "width": 20, "strides": TWO, "filters": LANE + LANE // 4},
    ],
    ids=str,
)  # fmt: skip
def test_it_is_not_used_where_it_can_not_or_does_not_pay(change):
    assert not winograd.pays(replace(TABLE["same"], **change), np.float32)


def test_checking_in_float64_is_direct():
    assert not any(winograd.pays(c, np.float64) for c in TABLE.values())


def operands(c, scale):
    x, w, dy = direct.operands(c, "float32")
    return scale(x, w, dy)


def as_they_are(x, w, dy):
    return x, w, dy


def channels_of_all_sizes(x, w, dy):
    """Each channel and filter with a size of its own, from 1e-6 to 1e6."""
    inputs, outputs = (np.logspace(-6, 6, n, dtype=np.float32) for n in w.shape[2:])
    return x * inputs, w[..., ::-1, :] * outputs, dy * outputs[::-1]


def far_from_zero(x, w, dy):
    return x + np.float32(1000), w, dy - np.float32(100)


def one_bright_pixel(x, w, dy):
    x, dy = x.copy(), dy.copy()
    x[0, 3, 5], dy[0, 2, 4] = 1e8, -1e8
    return x, w, dy


def tiny(x, w, dy):
    return x * np.float32(1e-18), w, dy * np.float32(1e-18)


SCALES = [channels_of_all_sizes, far_from_zero, one_bright_pixel, tiny]


def check(c, twin, first, second, scratch_size, make):
    """Against the twin; the error in parts of what the result could be at most, each term taken as positive."""
    a, b = first.astype(float), second.astype(float)
    expected, most = twin(c, a, b), twin(c, abs(a), abs(b))
    one, *others = (direct.run(c, "float32", expected.shape, scratch_size, make, workers) for workers in (1, 2, 3))
    assert np.linalg.norm(one - expected) <= TOLERANCE * np.linalg.norm(most)
    for other in others:
        np.testing.assert_array_equal(one, other, "differs with the number of workers")


over_cases = pytest.mark.parametrize(
    ("c", "scale"),
    [(c, as_they_are) for c in TABLE.values()] + [(TABLE["same"], scale) for scale in SCALES],
    ids=[*TABLE, *(scale.__name__ for scale in SCALES)],
)


@over_cases
def test_forward(c, scale):
    x, w, _ = operands(c, scale)

    def make(y, scratch):
        return conv.forward(c, x.ctypes.data, w.ctypes.data, y, scratch=scratch, dtype="float32")

    check(c, direct.naive_forward, x, w, conv.forward_scratch, make)


def test_forward_with_bias_and_relu():
    c = TABLE["same"]
    x, w, _ = direct.operands(c, "float32")
    bias = direct.normal(c.filters, "float32", 4)
    expected = np.maximum(direct.naive_forward(c, x.astype(float), w.astype(float)) + bias, 0)

    def make(y, scratch):
        return conv.forward(
            c, x.ctypes.data, w.ctypes.data, y, bias=bias.ctypes.data, activation=1, scratch=scratch, dtype="float32"
        )

    direct.check(c, "float32", expected, conv.forward_scratch, make)


@over_cases
def test_grad_input(c, scale):
    _, w, dy = operands(c, scale)

    def make(dx, scratch):
        return conv.grad_input(c, dy.ctypes.data, w.ctypes.data, dx, scratch=scratch, dtype="float32")

    check(c, direct.naive_grad_input, dy, w, conv.grad_input_scratch, make)


@over_cases
def test_grad_kernel(c, scale):
    x, _, dy = operands(c, scale)

    def make(dw, scratch):
        return conv.grad_kernel(c, x.ctypes.data, dy.ctypes.data, dw, scratch=scratch, dtype="float32")

    check(c, direct.naive_grad_kernel, x, dy, conv.grad_kernel_scratch, make)
