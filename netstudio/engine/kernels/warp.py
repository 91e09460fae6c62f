"""Images seen through affine maps: turned, moved, enlarged or mirrored, each by a map of its own.

A map of six numbers a, b, c, d, e, f says where a pixel of the result comes from: the one at (row v, column u), counted
from the image's centre, shows what is at the row d·u + e·v + f and the column a·u + b·v + c. Between pixels the four
around are blended (bilinear interpolation), or the nearest is taken. A map that moves nothing, or only mirrors, gives
the same bits.
"""

import numpy as np
from numba import types
from numba.extending import intrinsic

from netstudio.engine.kernels.abi import Kernel, at, device, kernel, pointer, share
from netstudio.engine.kernels.vmath import each, emit_loop, inlined, like, same, select, vector_width

Instructions = list[tuple[Kernel, list[int], bool]]
FILLS = {"nearest": 0, "reflect": 1, "zero": 2}
REFLECT, ZERO = FILLS["reflect"], FILLS["zero"]
AT_ONCE = 4096  # elements of an image, or a row where that is longer


@inlined
def _lower(x, y):
    return select(x < y, x, y)


@inlined
def _higher(x, y):
    return select(x > y, x, y)


@inlined
def _reflected(place, last):
    """A place on an axis of pixels up to the number `last`, whose mirror images stand on both sides of it."""
    half, size = like(0.5, place), last + like(1, place)
    from_edge, period = place + half, size + size
    from_edge = from_edge - np.floor(from_edge * (like(1, place) / period)) * period
    return _lower(from_edge, period - from_edge) - half


@inlined
def _shown(place, last):
    """How much of a pixel shows at a place that may lie outside, where there is nothing."""
    zero, one = like(0, place), like(1, place)
    return _higher(zero, one - _higher(zero, _higher(-place, place - last)))


@inlined
def _divided(number, divisor):
    """(quotient, rest) of integers below 2**21, all as floats: there the quotient is exact."""
    quotient = np.floor((number + like(0.5, number)) * (like(1, number) / divisor))
    return quotient, number - quotient * divisor


@inlined
def _seen(i, m, columns, channels):
    """(column, row, channel) of what element number `i` shows, by a map whose shifts are to the corner."""
    pixel, channel = _divided(like(np.int32(i), columns), channels)
    v, u = _divided(pixel, columns)
    return m[0] * u + m[1] * v + m[2], m[3] * u + m[4] * v + m[5], np.int32(channel)


@inlined
def _between(place, last, rounder):
    """The number of the pixel at or before a place, and how far on that is; or of the nearest, if to round, and 0."""
    place = _lower(_higher(place, like(0, place)), last)
    whole = np.floor(place + rounder)
    return whole, (place - whole) * (like(1, place) - rounder - rounder)


@inlined
def _corners(x, y, channel, columns, channels, right, bottom, rounder):
    """The numbers of the four elements around a place, and how far it is from the first two ways."""
    left, across = _between(x, right, rounder)
    top, down = _between(y, bottom, rounder)
    step, line, none = np.int32(channels), np.int32(columns * channels), np.int32(0)
    first = np.int32(np.int32(top) * line + np.int32(left) * step + channel)
    second, below = np.int32(first + select(left < right, step, none)), select(top < bottom, line, none)
    return first, second, np.int32(first + below), np.int32(second + below), across, down


@inlined
def _around(i, m, columns, channels, right, bottom, rounder):
    x, y, channel = _seen(i, m, columns, channels)
    return *_corners(x, y, channel, columns, channels, right, bottom, rounder), like(1, x)


@inlined
def _around_reflected(i, m, columns, channels, right, bottom, rounder):
    x, y, channel = _seen(i, m, columns, channels)
    x, y = _reflected(x, right), _reflected(y, bottom)
    return *_corners(x, y, channel, columns, channels, right, bottom, rounder), like(1, x)


@inlined
def _around_bounded(i, m, columns, channels, right, bottom, rounder):
    x, y, channel = _seen(i, m, columns, channels)
    shown = _shown(x, right) * _shown(y, bottom)
    return *_corners(x, y, channel, columns, channels, right, bottom, rounder), shown


@inlined
def _blend(first, second, third, fourth, across, down, shown):
    upper, lower = first + (second - first) * across, third + (fourth - third) * across
    return (upper + (lower - upper) * down) * shown


@intrinsic
def _each_from_four(typingctx, around, blend, out, image, count, numbers):
    """out[i] = blend(the four elements of `image` and the three numbers that around(i, *numbers) tells)."""
    element = out.dtype
    finding = typingctx.resolve_function_type(around, (types.int64, *numbers), {})
    mixing = typingctx.resolve_function_type(blend, (element,) * 7, {})

    def codegen(context, builder, sig, args):
        _, _, target, source, n, packed = args
        given = [builder.extract_value(packed, k) for k in range(len(numbers))]
        find, mix = context.get_function(around, finding), context.get_function(blend, mixing)

        def body(i, mark):
            found = find(builder, [i, *given])
            parts = [builder.extract_value(found, k) for k in range(7)]
            four = [mark(builder.load(builder.gep(source, [p]))) for p in parts[:4]]
            mark(builder.store(mix(builder, [*four, *parts[4:]]), builder.gep(target, [i])))

        emit_loop(builder, n, vector_width(element), body, masked=True)
        return context.get_dummy_value()

    return types.void(around, blend, out, image, types.int64, numbers), codegen


@device
def _blended(out, image, m, height, width, channels, fill, nearest):
    half = like(0.5, m[0])
    columns, right, bottom = like(width, half), like(width - 1, half), like(height - 1, half)
    u, v = right * half, bottom * half  # the centre
    line, together = width * channels, max(AT_ONCE // (width * channels), 1)
    numbers = columns, like(channels, half), right, bottom, half if nearest else like(0, half)
    for i in range(0, height, together):
        down = like(np.int32(i), half) - v
        x, y = m[1] * down - m[0] * u + m[2] + u, m[4] * down - m[3] * u + m[5] + v
        part = (m[0], m[1], x, m[3], m[4], y)
        row, count = at(out, i * line), min(together, height - i) * line
        if fill == REFLECT:
            _each_from_four(_around_reflected, _blend, row, image, count, (part, *numbers))
        elif fill == ZERO:
            _each_from_four(_around_bounded, _blend, row, image, count, (part, *numbers))
        else:
            _each_from_four(_around, _blend, row, image, count, (part, *numbers))


@device
def _mirrored(out, image, height, width, channels, across, down):
    for i in range(height):
        row = at(image, (height - 1 - i if down else i) * width * channels)
        if not across:
            each(same, at(out, i * width * channels), width * channels, (row,))
            continue
        for j in range(width):
            for c in range(channels):
                out[(i * width + j) * channels + c] = row[(width - 1 - j) * channels + c]


@inlined
def _is_unit(x):
    return (x == like(1, x)) | (x == like(-1, x))


@kernel
def warp(a, t, worker, workers):
    """Each image through its map; arguments by `instructions`."""
    images, maps, out = pointer(a[0], t), pointer(a[1], t), pointer(a[2], t)
    height, width, channels, fill, nearest = a[4], a[5], a[6], a[7], a[8]
    size, zero = height * width * channels, like(0, pointer(a[1], t)[0])
    first, last = share(a[3], 1, worker, workers)
    for n in range(first, last):
        image, y = at(images, n * size), at(out, n * size)
        m = (maps[n], maps[a[3] + n], maps[2 * a[3] + n], maps[3 * a[3] + n], maps[4 * a[3] + n], maps[5 * a[3] + n])
        stays = (m[1] == zero) & (m[2] == zero) & (m[3] == zero) & (m[5] == zero)
        if stays & _is_unit(m[0]) & _is_unit(m[4]):
            _mirrored(y, image, height, width, channels, m[0] < zero, m[4] < zero)
        else:
            _blended(y, image, m, height, width, channels, fill, nearest)


def instructions(
    images: int, maps: int, out: int, shape: tuple[int, int, int, int], fill: str, nearest: bool
) -> Instructions:
    """The call that shows images (n, height, width, channels) through maps (6, n), addresses all.

    Args:
        fill: what is outside of an image: the "nearest" pixel of its edge, the image mirrored ("reflect"), or "zero".
        nearest: take the nearest pixel instead of blending four, as class numbers need it.

    Raises KeyError for another fill.
    """
    return [(warp, [images, maps, out, *shape, FILLS[fill], int(nearest)], True)]
