"""The geometry of convolutions: sizes, margins, and how much of one is worked on at a time."""

import math
from dataclasses import dataclass

# The most elements of input that are copied with their margin at a time: they stay in the second-level cache.
STAGE = 1 << 17


def reach(outputs: int, stride: int, taps: int, dilation: int) -> int:
    """Input pixels under `outputs` neighbouring output pixels."""
    return (outputs - 1) * stride + (taps - 1) * dilation + 1


@dataclass(frozen=True)
class Convolution:
    """The sizes of a convolution: x (images, height, width, channels), kernel (kh, kw, channels // groups, filters).

    `padding` is (top, bottom, left, right), in pixels of zeros.
    """

    images: int
    height: int
    width: int
    channels: int
    filters: int
    kernel: tuple[int, int]
    strides: tuple[int, int] = (1, 1)
    dilation: tuple[int, int] = (1, 1)
    padding: tuple[int, int, int, int] = (0, 0, 0, 0)
    groups: int = 1

    @property
    def output(self) -> tuple[int, int]:
        """Height and width of the output."""
        (kh, kw), (sh, sw), (dh, dw) = self.kernel, self.strides, self.dilation
        top, bottom, left, right = self.padding
        return (
            (self.height + top + bottom - dh * (kh - 1) - 1) // sh + 1,
            (self.width + left + right - dw * (kw - 1) - 1) // sw + 1,
        )

    @property
    def weights(self) -> int:
        """Elements of the kernel."""
        return math.prod(self.kernel) * self.depth * self.filters

    @property
    def depth(self) -> int:
        """Channels of a group."""
        return self.channels // self.groups

    @property
    def depthwise(self) -> bool:
        return self.groups == self.channels == self.filters


@dataclass(frozen=True)
class Axis:
    """One axis of a product: input pixel = output pixel * stride + tap * dilation - before.

    `first` and `step` say which tap of the kernel tap 0 is, and how far the next one lies; `start` and `spread` the
    same for output pixels.
    """

    inputs: int
    outputs: int
    stride: int
    taps: int
    dilation: int
    before: int
    first: int = 0
    step: int = 1
    start: int = 0
    spread: int = 1

    @property
    def padded(self) -> bool:
        last = (self.outputs - 1) * self.stride + (self.taps - 1) * self.dilation - self.before
        return self.taps > 0 and (self.before > 0 or last >= self.inputs)


def forward_axes(c: Convolution) -> tuple[Axis, Axis]:
    """Rows and columns of the forward product."""
    sizes, before = (c.height, c.width), (c.padding[0], c.padding[2])
    rows, columns = (Axis(sizes[n], c.output[n], c.strides[n], c.kernel[n], c.dilation[n], before[n]) for n in range(2))
    return rows, columns


def _backward_axes(inputs: int, outputs: int, stride: int, taps: int, dilation: int, before: int) -> list[Axis]:
    """How the gradient of the input follows from that of the output along one axis.

    Input pixel p gets a term from output pixel (p + before - tap * dilation) / stride for those taps where that is
    whole. Which taps these are depends on p modulo the stride: for each remainder it is a convolution of stride 1.
    """
    axes = []
    common = math.gcd(stride, dilation)
    for phase in range(min(stride, inputs)):
        used = [tap for tap in range(taps) if (phase + before - tap * dilation) % stride == 0]
        last = used[-1] if used else 0
        count = -(-(inputs - phase) // stride)
        offset = (phase + before - last * dilation) // stride
        step, apart = -stride // common, dilation // common
        axes.append(Axis(outputs, count, 1, len(used), apart, -offset, last, step, phase, stride))
    return axes


def unit_of(images: int, rows: Axis, columns: Axis, channels: int, most: int) -> tuple[int, int, int]:
    """Images, rows and columns of output to work on at a time: at most `most` pixels, whose input fits the cache."""

    def fits(n: int, h: int, w: int) -> bool:
        return n * h * w <= most and _area(rows, columns, h, w) * n * channels <= STAGE

    width = min(columns.outputs, most)
    while width > 1 and not fits(1, 1, width):
        width = -(-width // 2)
    height = max([1, *(h for h in range(1, rows.outputs + 1) if fits(1, h, width))])
    if (height, width) != (rows.outputs, columns.outputs):
        return 1, height, width
    together = min(images, most // (height * width), STAGE // max(_area(rows, columns, height, width) * channels, 1))
    return max(1, together), height, width


def _area(rows: Axis, columns: Axis, height: int, width: int) -> int:
    vertical = reach(height, rows.stride, rows.taps, rows.dilation)
    return vertical * reach(width, columns.stride, columns.taps, columns.dilation)


def staging(unit: tuple[int, int, int], rows: Axis, columns: Axis, channels: int) -> int:
    """Elements that one worker needs for a unit's input with its margin."""
    if not (rows.padded or columns.padded):
        return 0
    return unit[0] * _area(rows, columns, unit[1], unit[2]) * channels


def phases(c: Convolution) -> list[tuple[Axis, Axis]]:
    """The products of stride 1 that make up the gradient of the input, each with its own pixels of it."""
    sizes, before = (c.height, c.width), (c.padding[0], c.padding[2])
    vertical, horizontal = (
        _backward_axes(sizes[n], c.output[n], c.strides[n], c.kernel[n], c.dilation[n], before[n]) for n in range(2)
    )
    return [(rows, columns) for rows in vertical for columns in horizontal]
