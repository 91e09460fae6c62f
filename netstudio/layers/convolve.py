"""Convolutions over sequences, images and volumes, all of them by that over images."""

from __future__ import annotations

from netstudio.layers.window import Window, halves
from netstudio.ops import Ops, Value


def convolve(ops: Ops, x: Value, kernel: Value, window: Window, groups: int = 1) -> Value:
    """x (N, *sizes, C) and kernel (*window, C / groups, O) give (N, *places, O)."""
    rank = x.ndim - 2
    if rank == 1:  # an image of one row
        y = convolve(ops, as_row(ops, x), ops.reshape(kernel, (1, *kernel.shape)), window.of_one_row, groups)
        return from_row(ops, y)
    if rank == 3:
        return _over_volumes(ops, x, kernel, window, groups)
    (top, bottom), (left, right) = window.margins(x.shape[1:-1])
    return ops.conv2d(
        x, kernel, pair(window.strides), (top, bottom, left, right), pair(window.dilation), groups,
    )  # fmt: skip


def convolve_depthwise(ops: Ops, x: Value, kernel: Value, window: Window) -> Value:
    """x (N, *sizes, C) and kernel (*window, C, M) give (N, *places, C · M), each channel by its own M kernels."""
    *sizes, channels, multiplier = kernel.shape
    return convolve(ops, x, ops.reshape(kernel, (*sizes, 1, channels * multiplier)), window, groups=channels)


def convolve_transposed(ops: Ops, x: Value, kernel: Value, window: Window, sizes: tuple[int, ...]) -> Value:
    """x (N, *places, C) and kernel (*window, O, C) give (N, *sizes, O): from each place back to what it is seen from.

    It is the gradient of the convolution by `window` whose input has the sizes `sizes`.
    """
    if x.ndim == 3:
        once = ops.reshape(kernel, (1, *kernel.shape))
        return from_row(ops, convolve_transposed(ops, as_row(ops, x), once, window.of_one_row, (1, *sizes)))
    places = zip(sizes, x.shape[1:-1], window.strides, window.spans)
    (top, bottom), (left, right) = (halves((n - 1) * stride + span - size) for size, n, stride, span in places)
    return ops.conv2d_transpose(
        x, kernel, pair(sizes), pair(window.strides), (top, bottom, left, right), pair(window.dilation)
    )


def _over_volumes(ops: Ops, x: Value, kernel: Value, window: Window, groups: int) -> Value:
    """The planes that an output plane sees lie side by side as its channels: then it is one convolution of images."""
    batch, _, height, width, _ = x.shape
    seen = _planes(ops, x, window.along(0, 1), groups)
    _, planes, *_, channels = seen.shape
    taps, *area, of_group, filters = kernel.shape
    flat = ops.reshape(ops.transpose(kernel, (1, 2, 0, 3, 4)), (*area, taps * of_group, filters))
    images = ops.reshape(seen, (batch * planes, height, width, channels))
    y = convolve(ops, images, flat, window.along(1, 3), groups)
    return ops.reshape(y, (batch, planes, *y.shape[1:]))


def _planes(ops: Ops, x: Value, window: Window, groups: int) -> Value:
    """(N, depth, height, width, C) to (N, places, height, width, taps · C): group by group, tap by tap."""
    *lead, channels = x.shape
    ((front, back),), (taps,), (stride,) = window.margins((lead[1],)), window.size, window.strides
    (places,) = window.places((lead[1],))
    if taps == stride == 1:
        return x
    padded = ops.pad(x, (0, front, 0, 0, 0), (0, back, 0, 0, 0))
    grouped = ops.reshape(padded, (*padded.shape[:-1], groups, channels // groups))
    starts = (tap * window.dilation[0] for tap in range(taps))
    seen = [ops.slice(grouped, 1, start, start + (places - 1) * stride + 1, stride) for start in starts]
    joined = ops.concatenate(seen, -1) if taps > 1 else seen[0]
    return ops.reshape(joined, (lead[0], places, *lead[2:], taps * channels))


def as_row(ops: Ops, x: Value) -> Value:
    """A sequence (N, steps, C) as an image of one row."""
    return ops.reshape(x, (x.shape[0], 1, *x.shape[1:]))


def from_row(ops: Ops, x: Value) -> Value:
    """The sequence that lies as an image of one row."""
    return ops.reshape(x, (x.shape[0], *x.shape[2:]))


def pair(numbers: tuple[int, ...]) -> tuple[int, int]:
    """The two numbers of a tuple of two."""
    first, second = numbers
    return first, second
