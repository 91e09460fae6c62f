"""Boxes of images covered: by the same box of other images, or by one value."""

from netstudio.engine.kernels.abi import Kernel, at, device, kernel, pointer, share
from netstudio.engine.kernels.vmath import each, inlined, like, same, select

Instructions = list[tuple[Kernel, list[int], bool]]


@inlined
def _whole(x, most):
    """A whole number as an integer from 0 to `most`, which NaN is not beyond either."""
    return int(select(x > like(0, x), select(x < like(most, x), x, like(most, x)), like(0, x)))


@device
def _cover(out, other, is_value, count):
    if not is_value:
        each(same, out, count, (other,))
        return
    for i in range(count):
        out[i] = other[0]


@kernel
def paste(a, t, worker, workers):
    """Each image with its box covered; arguments by `instructions`."""
    images, other, boxes, out = pointer(a[0], t), pointer(a[1], t), pointer(a[2], t), pointer(a[3], t)
    number, height, width, channels, is_value = a[4], a[5], a[6], a[7], a[8]
    line = width * channels
    first, last = share(number, 1, worker, workers)
    each(same, at(out, first * height * line), (last - first) * height * line, (at(images, first * height * line),))
    for n in range(first, last):
        top, left = _whole(boxes[n], height), _whole(boxes[number + n], width)
        rows, columns = _whole(boxes[2 * number + n], height - top), _whole(boxes[3 * number + n], width - left)
        for row in range(top, top + rows):
            place = (n * height + row) * line + left * channels
            _cover(at(out, place), other if is_value else at(other, place), is_value, columns * channels)


def instructions(
    images: int, other: int, boxes: int, out: int, shape: tuple[int, int, int, int], is_value: bool
) -> Instructions:
    """The call that covers boxes of images (n, height, width, channels); the others are addresses.

    Args:
        other: other images of that shape, or one value.
        boxes: (4, n): the first row and column of each, and how many there are. What lies outside is left out.
    """
    return [(paste, [images, other, boxes, out, *shape, int(is_value)], True)]
