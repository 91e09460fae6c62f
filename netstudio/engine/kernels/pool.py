"""Pooling over height and width of images (n, height, width, channels), and its gradients; loops run along channels.

Cells of padding never count: a maximum ignores them and an average divides by the cells inside the image, as Keras
does.
"""

import math
from collections.abc import Sequence

from numba import types
from numba.extending import intrinsic

from netstudio.engine.kernels.abi import Kernel, at, device, kernel, pointer, share
from netstudio.engine.kernels.movement import put
from netstudio.engine.kernels.vmath import (
    each,
    emit_loop,
    inlined,
    like,
    maximum,
    plus,
    same,
    select,
    stack,
    vector_width,
)

MAX, RELU_MAX, AVERAGE = range(3)
CHANNELS = 256  # channels whose gradient is worked out at once
SLICE = 64  # channels of a task where windows overlap

Instructions = list[tuple[Kernel, list[int], bool]]


@device
def _inside(place, stride, padding, window, size):
    """The cells of one axis, from and up to, that window number `place` sees inside the image."""
    begin = place * stride - padding
    return max(begin, 0), min(begin + window, size)


@inlined
def _max_of_four(x, y, z, w):
    return maximum(maximum(x, y), maximum(z, w))


@inlined
def _relu_of_four(x, y, z, w):
    return maximum(_max_of_four(x, y, z, w), like(0, x))


@device
def _window_max(out, image, top, bottom, left, right, width, channels, count, relu):
    """The maximum over a window of `image`, whose rows have `width` cells of `channels`, for `count` of these.

    With `relu`, of the window and 0.
    """
    if bottom - top == 2 and right - left == 2:
        upper, lower = at(image, (top * width + left) * channels), at(image, ((top + 1) * width + left) * channels)
        cells = upper, at(upper, channels), lower, at(lower, channels)
        if relu:
            each(_relu_of_four, out, count, cells)
        else:
            each(_max_of_four, out, count, cells)
        return
    put(like(0 if relu else -math.inf, out[0]), out, count)
    for h in range(top, bottom):
        for w in range(left, right):
            each(maximum, out, count, (out, at(image, (h * width + w) * channels)))


@device
def _window_mean(out, image, top, bottom, left, right, width, channels):
    put(like(0, out[0]), out, channels)
    for h in range(top, bottom):
        for w in range(left, right):
            each(plus, out, channels, (out, at(image, (h * width + w) * channels)))
    scale = like(1, out[0]) / max(1, (bottom - top) * (right - left))
    for i in range(channels):
        out[i] = out[i] * scale


@kernel
def pool(a, t, worker, workers):
    """The maximum, its ReLU or the average of each window; arguments by `forward`."""
    x, y, kind = pointer(a[0], t), pointer(a[1], t), a[2]
    images, height, width, channels, out_height, out_width = a[3], a[4], a[5], a[6], a[7], a[8]
    first, last = share(images * out_height, 1, worker, workers)
    for task in range(first, last):
        image = at(x, task // out_height * height * width * channels)
        top, bottom = _inside(task % out_height, a[11], a[13], a[9], height)
        for place in range(out_width):
            left, right = _inside(place, a[12], a[14], a[10], width)
            out = at(y, (task * out_width + place) * channels)
            if kind == AVERAGE:
                _window_mean(out, image, top, bottom, left, right, width, channels)
            else:
                _window_max(out, image, top, bottom, left, right, width, channels, channels, kind == RELU_MAX)


@inlined
def _hit(x, best):
    """Whether a cell holds the window's maximum; a NaN does."""
    return (x == best) | (x != x)


@inlined
def _gain(dx, x, best, rest):
    return dx + select(_hit(x, best), rest, like(0, x))


@inlined
def _what_is_left(rest, x, best):
    return select(_hit(x, best), like(0, x), rest)


@inlined
def _shares_of_four(x, y, z, w, g):
    """What each of four cells gets of g: the first maximum all of it."""
    best, none = _max_of_four(x, y, z, w), like(0, g)
    first = _hit(x, best)
    second = _hit(y, best) & (not first)
    third = _hit(z, best) & (not (first | second))
    last = not (first | second | third)
    return select(first, g, none), select(second, g, none), select(third, g, none), select(last, g, none)


@intrinsic
def _each_to_four(typingctx, function, outs, count, sources):
    """Like `each`, with a function that gives four values and a tuple of as many outputs."""
    signature = typingctx.resolve_function_type(function, (outs.dtype.dtype,) * len(sources), {})

    def codegen(context, builder, sig, args):
        _, targets, n, given = args
        call = context.get_function(function, signature)

        def body(i, mark):
            places = [builder.gep(builder.extract_value(given, k), [i]) for k in range(len(sources))]
            results = call(builder, [mark(builder.load(place)) for place in places])
            for k in range(len(outs)):
                place = builder.gep(builder.extract_value(targets, k), [i])
                mark(builder.store(builder.extract_value(results, k), place))

        emit_loop(builder, n, vector_width(outs.dtype.dtype), body, masked=True)
        return context.get_dummy_value()

    return types.void(function, outs, types.int64, sources), codegen


@device
def _give_to_four(dx, x, g, row, channels, count):
    """Write the gradient of a window of 2 x 2 that no other window touches; `row` elements lie between its rows."""
    outs = dx, at(dx, channels), at(dx, row), at(dx, row + channels)
    _each_to_four(_shares_of_four, outs, count, (x, at(x, channels), at(x, row), at(x, row + channels), g))


@device
def _give_to_window(dx, x, g, top, bottom, left, right, width, channels, count, best, rest):
    """Add g to the gradient of the first maximum of a window, channel by channel."""
    _window_max(best, x, top, bottom, left, right, width, channels, count, False)
    each(same, rest, count, (g,))
    for h in range(top, bottom):
        for w in range(left, right):
            place = (h * width + w) * channels
            cell, slope = at(x, place), at(dx, place)
            each(_gain, slope, count, (slope, cell, best, rest))
            each(_what_is_left, rest, count, (rest, cell, best))


@device
def _give_row(a, dx, x, g, row, count, best, rest):
    """Hand out the gradient of one row of windows, for `count` channels."""
    width, channels, out_width = a[5], a[6], a[8]
    top, bottom = _inside(row, a[11], a[13], a[9], a[4])
    apart = a[11] >= a[9] and a[12] >= a[10]
    for place in range(out_width):
        left, right = _inside(place, a[12], a[14], a[10], width)
        slope = at(g, place * channels)
        if apart and bottom - top == 2 and right - left == 2:
            corner = (top * width + left) * channels
            _give_to_four(at(dx, corner), at(x, corner), slope, width * channels, channels, count)
        else:
            _give_to_window(dx, x, slope, top, bottom, left, right, width, channels, count, best, rest)


@device
def _clear_rest(a, dx, begin, end, count):
    """Zero `count` channels of the cells from row `begin` to `end` that one row of windows of 2 x 2 leaves out."""
    width, channels, covered = a[5], a[6], 2 * a[8]
    _clear_rows(dx, begin + 2, end, width, channels, count)
    for row in range(begin, begin + 2):
        for cell in range(row * width + covered, (row + 1) * width):
            put(like(0, dx[0]), at(dx, cell * channels), count)


@device
def _clear_rows(dx, begin, end, width, channels, count):
    """Zero `count` channels of the rows from `begin` to `end`."""
    if count == channels:
        put(like(0, dx[0]), at(dx, begin * width * channels), (end - begin) * width * channels)
        return
    for cell in range(begin * width, end * width):
        put(like(0, dx[0]), at(dx, cell * channels), count)


@kernel
def max_pool_grad(a, t, worker, workers):
    """The gradient of the maximum; arguments by `grad`.

    Where windows share no rows, a task is one row of windows with the rows of cells from its beginning to the next
    one's; else it is some channels of an image. So no two tasks write to one cell.
    """
    x, g, dx = pointer(a[0], t), pointer(a[1], t), pointer(a[2], t)
    images, height, width, channels, out_height, out_width = a[3], a[4], a[5], a[6], a[7], a[8]
    best, rest = stack(x, CHANNELS), stack(x, CHANNELS)
    by_row = a[11] >= a[9]
    tiled = a[9] == 2 and a[10] == 2 and a[11] == 2 and a[12] == 2 and a[13] == 0 and a[14] == 0
    tiled = tiled and 2 * out_width <= width
    piece = CHANNELS if by_row else SLICE
    slices = 1 if by_row else (channels + SLICE - 1) // SLICE
    bands = out_height if by_row else 1
    first, last = share(images * bands * slices, 1, worker, workers)
    for task in range(first, last):
        image, band, slice_ = task // (bands * slices), task // slices % bands, task % slices
        row, rows = (band, 1) if by_row else (0, out_height)
        begin = 0 if row == 0 else min(max(row * a[11] - a[13], 0), height)
        end = height if row + rows == out_height else min(max((row + rows) * a[11] - a[13], 0), height)
        start = slice_ * SLICE
        stop = channels if by_row else min(start + SLICE, channels)
        for channel in range(start, stop, piece):
            count = min(piece, stop - channel)
            cells, slopes = at(x, image * height * width * channels + channel), image * out_height
            out = at(dx, image * height * width * channels + channel)
            if tiled and begin + 2 <= end:
                _clear_rest(a, out, begin, end, count)
            else:
                _clear_rows(out, begin, end, width, channels, count)
            for r in range(row, row + rows):
                _give_row(a, out, cells, at(g, (slopes + r) * out_width * channels + channel), r, count, best, rest)


@device
def _windows_over(place, stride, padding, window, count):
    """The windows, from and up to, that see cell number `place` of one axis."""
    return max((place + padding - window + stride) // stride, 0), min((place + padding) // stride + 1, count)


@device
def _take_average(a, out, g, h, w):
    """Sum what the windows over one cell give it."""
    height, width, channels, out_width = a[4], a[5], a[6], a[8]
    put(like(0, out[0]), out, channels)
    upper, lower = _windows_over(h, a[11], a[13], a[9], a[7])
    left, right = _windows_over(w, a[12], a[14], a[10], out_width)
    for row in range(upper, lower):
        top, bottom = _inside(row, a[11], a[13], a[9], height)
        for place in range(left, right):
            begin, end = _inside(place, a[12], a[14], a[10], width)
            scale = like(1, out[0]) / ((bottom - top) * (end - begin))
            slope = at(g, (row * out_width + place) * channels)
            for i in range(channels):
                out[i] += slope[i] * like(scale, out[0])


@kernel
def average_pool_grad(a, t, worker, workers):
    """The gradient of the average, cell by cell; arguments by `grad`."""
    g, dx = pointer(a[1], t), pointer(a[2], t)
    images, height, width, channels = a[3], a[4], a[5], a[6]
    first, last = share(images * height, 1, worker, workers)
    for task in range(first, last):
        slopes = at(g, task // height * a[7] * a[8] * channels)
        for w in range(width):
            _take_average(a, at(dx, (task * width + w) * channels), slopes, task % height, w)


KINDS = {"max": MAX, "relu_max": RELU_MAX, "average": AVERAGE}


def _geometry(
    x_shape: Sequence[int],
    y_shape: Sequence[int],
    size: Sequence[int],
    strides: Sequence[int],
    padding: Sequence[int],
) -> list[int]:
    top, _, left, _ = padding
    return [*x_shape, *y_shape[1:3], *size, *strides, top, left]


def forward(
    kind: str,
    x: int,
    y: int,
    x_shape: Sequence[int],
    y_shape: Sequence[int],
    size: Sequence[int],
    strides: Sequence[int],
    padding: Sequence[int],
) -> Instructions:
    """The call that writes the "max", "relu_max" (the greater of that and 0) or "average" of each window of x to y.

    Args:
        x, y: addresses, of tensors (n, height, width, channels) of `x_shape` and `y_shape`.
        size, strides: of the windows, (rows, columns).
        padding: cells beyond the image (top, bottom, left, right).

    Raises KeyError for another kind.
    """
    return [(pool, [x, y, KINDS[kind], *_geometry(x_shape, y_shape, size, strides, padding)], True)]


def grad(
    kind: str,
    x: int,
    g: int,
    dx: int,
    x_shape: Sequence[int],
    y_shape: Sequence[int],
    size: Sequence[int],
    strides: Sequence[int],
    padding: Sequence[int],
) -> Instructions:
    """The call that writes dx, of `x_shape`, from the output's gradient g, of `y_shape`; the rest as in `forward`.

    The gradient of a maximum goes to the first one in its window, row by row, for which x is read; that of an average
    reads no x. Raises KeyError for another kind.
    """
    made = {"max": max_pool_grad, "average": average_pool_grad}[kind]
    return [(made, [x, g, dx, *_geometry(x_shape, y_shape, size, strides, padding)], True)]
