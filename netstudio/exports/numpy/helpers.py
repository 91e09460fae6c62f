"""What NumPy has no function for. What a model uses of this goes along with it; here it is only read and tested."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float32]


def taken(x: ArrayLike, shape: tuple[int, ...], name: str) -> Array:
    """The samples as float32 (batch, *shape); ValueError where they have another shape."""
    made = np.asarray(x, np.float32)
    if made.ndim != len(shape) + 1 or made.shape[1:] != shape:
        expected = ", ".join(map(str, ("batch", *shape)))
        raise ValueError(f"{name} has the shape {made.shape}; expected ({expected})")
    return made


def sigmoid(x: Array) -> Array:
    """1 / (1 + exp(-x)), without an overflow."""
    return np.asarray(np.exp(np.minimum(x, 0)) / (1 + np.exp(-np.abs(x))))


def erf(x: Array) -> Array:
    """The error function."""
    return np.asarray(np.vectorize(math.erf, otypes=[np.float32])(x))


def gelu(x: Array) -> Array:
    """x times the chance that a standard normal variable is below it."""
    return np.asarray(np.vectorize(lambda v: v / 2 * math.erfc(-v / math.sqrt(2)), [np.float32])(x))


def softmax(x: Array) -> Array:
    """exp(x) over its sum along the last axis."""
    powers = np.exp(x - x.max(-1, keepdims=True))
    return np.asarray(powers / powers.sum(-1, keepdims=True))


def log_softmax(x: Array) -> Array:
    """The logarithm of the softmax along the last axis."""
    x = x - x.max(-1, keepdims=True)
    return np.asarray(x - np.log(np.exp(x).sum(-1, keepdims=True)))


def sparsemax(x: Array) -> Array:
    """The nearest point of the probability simplex, along the last axis.

    A. Martins and R. Astudillo, "From Softmax to Sparsemax", 2016.
    """
    falling = -np.sort(-x, axis=-1)
    excess = falling.cumsum(-1) - 1
    count = (falling * np.arange(1, x.shape[-1] + 1) > excess).sum(-1, keepdims=True)
    taken_off = np.take_along_axis(excess, count - 1, -1) / count
    return np.asarray(np.maximum(x - taken_off, 0), np.float32)


def layer_norm(x: Array, gamma: Array, beta: Array, epsilon: float) -> Array:
    """Of mean 0 and variance 1 along the last axis, then scaled and shifted."""
    x = x - x.mean(-1, keepdims=True)
    return np.asarray(x / np.sqrt(np.square(x).mean(-1, keepdims=True) + epsilon) * gamma + beta)


def take_rows(table: Array, numbers: Array) -> Array:
    """The rows of those numbers; ValueError where there is no such row."""
    found = numbers.astype(np.int64)
    if found.size and not 0 <= found.min() <= found.max() < len(table):
        low, high = found.min(), found.max()
        raise ValueError(f"numbers from {low} to {high}; expected 0 to {len(table) - 1}")
    return np.asarray(table[found])


def place(x: Array, shape: tuple[int, ...], where: tuple[slice, ...]) -> Array:
    """Zeros of that shape with x in those places."""
    made = np.zeros(shape, x.dtype)
    made[where] = x
    return made


def windows(
    x: Array,
    size: tuple[int, int],
    strides: tuple[int, int],
    padding: tuple[int, int, int, int],
    dilation: tuple[int, int] = (1, 1),
    fill: float = 0.0,
) -> Array:
    """The windows of (n, h, w, c) as (n, h', w', c, *size). Padding: top, bottom, left, right."""
    top, bottom, left, right = padding
    if any(padding):
        x = np.pad(x, ((0, 0), (top, bottom), (left, right), (0, 0)), constant_values=fill)
    (kh, kw), (sh, sw), (dh, dw) = size, strides, dilation
    reach = (kh - 1) * dh + 1, (kw - 1) * dw + 1
    seen = np.lib.stride_tricks.sliding_window_view(x, reach, (1, 2))
    return np.asarray(seen[:, ::sh, ::sw, :, ::dh, ::dw])


def conv2d(
    x: Array,
    kernel: Array,
    strides: tuple[int, int] = (1, 1),
    padding: tuple[int, int, int, int] = (0, 0, 0, 0),
    dilation: tuple[int, int] = (1, 1),
    groups: int = 1,
) -> Array:
    """x (n, h, w, c) by kernel (kh, kw, c / groups, filters): windows as rows, and one product."""
    kh, kw, depth, filters = kernel.shape
    seen = windows(x, (kh, kw), strides, padding, dilation)
    n, height, width = seen.shape[:3]
    seen = seen.reshape(n, height, width, groups, depth, kh, kw).transpose(3, 0, 1, 2, 5, 6, 4)
    rows = seen.reshape(groups, n * height * width, kh * kw * depth)
    columns = kernel.reshape(kh * kw * depth, groups, filters // groups).transpose(1, 0, 2)
    return np.asarray((rows @ columns).transpose(1, 0, 2).reshape(n, height, width, filters))


def conv2d_transpose(
    x: Array,
    kernel: Array,
    size: tuple[int, int],
    strides: tuple[int, int] = (1, 1),
    padding: tuple[int, int, int, int] = (0, 0, 0, 0),
    dilation: tuple[int, int] = (1, 1),
) -> Array:
    """x (n, h, w, c) by kernel (kh, kw, filters, c): each pixel adds its window."""
    (kh, kw, filters, _), (n, height, width, _) = kernel.shape, x.shape
    (sh, sw), (dh, dw), (top, bottom, left, right) = strides, dilation, padding
    made = np.zeros((n, size[0] + top + bottom, size[1] + left + right, filters), x.dtype)
    for i in range(kh):
        for j in range(kw):
            rows = slice(i * dh, i * dh + (height - 1) * sh + 1, sh)
            columns = slice(j * dw, j * dw + (width - 1) * sw + 1, sw)
            made[:, rows, columns] += x @ kernel[i, j].T
    return made[:, top : top + size[0], left : left + size[1]]


def max_pool2d(
    x: Array,
    size: tuple[int, int],
    strides: tuple[int, int],
    padding: tuple[int, int, int, int] = (0, 0, 0, 0),
) -> Array:
    """The largest of each window of (n, h, w, c)."""
    return np.asarray(windows(x, size, strides, padding, fill=-np.inf).max((-2, -1)))


def average_pool2d(
    x: Array,
    size: tuple[int, int],
    strides: tuple[int, int],
    padding: tuple[int, int, int, int] = (0, 0, 0, 0),
) -> Array:
    """The mean of each window of (n, h, w, c), of what lies in the image."""
    counts = windows(np.ones((1, *x.shape[1:3], 1), x.dtype), size, strides, padding).sum((-2, -1))
    return np.asarray(windows(x, size, strides, padding).sum((-2, -1)) / counts)


def lstm(
    x: Array,
    kernel: Array,
    recurrent: Array,
    bias: Array | float = 0,
    every: bool = False,
) -> Array:
    """x (steps, batch, features) to the hidden states of every step, or of the last.

    The kernels have the columns of the input and forget gate, the candidate, the output gate.
    """
    h = c = np.zeros((x.shape[1], len(recurrent)), np.float32)
    shown = []
    for step in x:
        i, f, g, o = np.split(step @ kernel + h @ recurrent + bias, 4, -1)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        h = sigmoid(o) * np.tanh(c)
        shown.append(h)
    return np.stack(shown) if every else h


def gru(
    x: Array,
    kernel: Array,
    recurrent: Array,
    bias: Array | float = 0,
    every: bool = False,
) -> Array:
    """x (steps, batch, features) to the hidden states of every step, or of the last.

    The columns: what x gives the new state, update and reset gate, what h gives the new state.
    """
    h = np.zeros((x.shape[1], len(recurrent)), np.float32)
    shown = []
    for step in x:
        new, z, r, back = np.split(step @ kernel + h @ recurrent + bias, 4, -1)
        z = sigmoid(z)
        h = z * h + (1 - z) * np.tanh(new + sigmoid(r) * back)
        shown.append(h)
    return np.stack(shown) if every else h


def simple_rnn(
    x: Array,
    kernel: Array,
    recurrent: Array,
    bias: Array | float = 0,
    every: bool = False,
) -> Array:
    """x (steps, batch, features) to the hidden states of every step, or of the last."""
    h = np.zeros((x.shape[1], len(recurrent)), np.float32)
    shown = []
    for step in x:
        h = np.tanh(step @ kernel + h @ recurrent + bias)
        shown.append(h)
    return np.stack(shown) if every else h
