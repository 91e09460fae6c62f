"""Convolutions of 3x3 windows with fewer multiplications, and when they pay: a quarter, or with stride 2 nine
sixteenths.

The same conventions as in `conv`, which calls this where `pays` says so: instructions with absolute addresses, and
`*_scratch` for how many elements of workspace they need. What a result's bits depend on is its sizes alone.

Against the direct product the error in float32 is about five times as large: 1e-6 of the norm of the result.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from netstudio.engine.kernels import winograd_kernels as at
from netstudio.engine.kernels.conv_shape import Convolution
from netstudio.engine.kernels.gemm import Instruction
from netstudio.engine.kernels.pack import add_parts
from netstudio.engine.kernels.vectors import REGISTERS
from netstudio.engine.kernels.winograd_tile import HEIGHT
from netstudio.engine.kernels.winograd_transform import ANY_CHANNELS, BETWEEN, COUNT, OUTPUTS, STRAIGHT, TAPS

# What lays out the kernel at the address that it is given.
Pack = Callable[[int], Instruction]

# The most channels and filters: beyond, the transformed kernel leaves the cache.
MOST_CHANNELS = 256
# The fewest tiles for which transforming the kernel pays, with stride 1 and with stride 2.
FEWEST_TILES, FEWEST_STRIDED = 16, 48
# Tiles under way at a time, whole register tiles: their values at all points stay in the second-level cache. For the
# gradient of the kernel they are the terms that are summed before the sums are stored.
TILES, TERMS = 2 * HEIGHT, 4 * HEIGHT
# Channels of all phases and filters whose gradient is summed at a time, and the most partial sums and their elements.
BAND = 64
MOST_PARTS = 16
PART_ELEMENTS = 1 << 14
LANE = REGISTERS.width // np.dtype(np.float32).itemsize
# The most that channels and filters may grow when their vectors are filled, both together: with stride 1 and stride 2.
MOST_GROWTH, MOST_STRIDED_GROWTH = 3.0, 1.4


def pays(c: Convolution, dtype: Any) -> bool:
    """Whether these kernels can do it, and faster than the direct ones: float32, and channels that fill vectors."""
    plain = c.kernel == (TAPS, TAPS) and c.strides in ((1, 1), (2, 2)) and c.dilation == (1, 1) and c.groups == 1
    if np.dtype(dtype) != np.float32 or not plain:
        return False
    channels, filters = _padded(c.channels), _padded(c.filters)
    most = (MOST_STRIDED_GROWTH if _is_strided(c) else MOST_GROWTH) if ANY_CHANNELS else 1
    if channels * filters > most * c.channels * c.filters or max(channels, filters) > MOST_CHANNELS:
        return False
    tiles, pixels = (-(-c.output[0] // OUTPUTS)) * (-(-c.output[1] // OUTPUTS)), c.output[0] * c.output[1]
    fewest = FEWEST_STRIDED if _is_strided(c) else FEWEST_TILES
    return c.images * tiles >= fewest and tiles * OUTPUTS**2 <= 2 * pixels


def _padded(channels: int) -> int:
    """So many channels in whole vectors."""
    return -(-channels // LANE) * LANE


@dataclass(frozen=True)
class Line:
    """Some pixels along one axis of an image of `size`: pixel number t of those of all tiles is first + step * t."""

    first: int
    step: int
    size: int

    def arguments(self, apart: int) -> list[int]:
        """As the kernels read it; `apart` is the distance of neighbours in elements."""
        step = abs(self.step)
        if self.step > 0:
            before, end = -(self.first // step), -((self.first - self.size) // step)
        else:
            before, end = -((self.size - 1 - self.first) // step), self.first // step + 1
        return [(self.first + self.step * before) * apart, self.step * apart, max(0, end - before), before]


@dataclass(frozen=True)
class View:
    """An axis of a tensor: the pixels of phases with two taps, or with all, and of those with one."""

    outer: Line
    inner: Line


@dataclass(frozen=True)
class Tensor:
    """Images as tiles see them: their rows and columns, and which phases there are, from and up to."""

    rows: View
    columns: View
    channels: int
    phases: tuple[int, int]

    @property
    def depth(self) -> int:
        """Channels of all phases in whole vectors."""
        return (self.phases[1] - self.phases[0]) * _padded(self.channels)

    def arguments(self, address: int, images: int, dtype: Any) -> list[int]:
        """As the kernels read it. Where rows go backwards, so do images, for all of memory to be read backwards."""
        row = self.columns.outer.size * self.channels
        image = self.rows.outer.size * row
        if self.rows.outer.step < 0:
            address, image = address + (images - 1) * image * np.dtype(dtype).itemsize, -image
        lines = [line.arguments(row) for line in (self.rows.outer, self.rows.inner)]
        lines += [line.arguments(self.channels) for line in (self.columns.outer, self.columns.inner)]
        return [address, image, self.channels, *self.phases, *(value for line in lines for value in line)]


@dataclass(frozen=True)
class Work:
    """A product: images, what is read, what is written or also read, tiles of an image, and which axes are turned."""

    images: int
    x: Tensor
    y: Tensor
    tiles: tuple[int, int]
    turned: tuple[bool, bool] = (False, False)
    together: int = TILES
    sums: int = 0

    @property
    def points(self) -> int:
        """Along one axis."""
        return COUNT if self.x.phases[0] == STRAIGHT else COUNT - 1

    @property
    def room(self) -> int:
        """Elements of scratch for one worker: transformed tiles, and products or sums at all points."""
        return self.points**2 * (self.together * (self.x.depth + self.y.depth) + self.sums + 3 * LANE)

    @property
    def panels(self) -> int:
        """Panels of two vectors of the transformed kernel's columns."""
        return -(-self.y.depth // (2 * LANE))

    @property
    def transformed(self) -> int:
        """Elements of the transformed kernel."""
        return self.points**2 * self.x.depth * 2 * LANE * self.panels

    @property
    def packed(self) -> int:
        """Elements of the kernel in panels."""
        return TAPS**2 * self.x.channels * 2 * LANE * -(-self.y.channels // (2 * LANE))

    def arguments(self, x: int, y: int, w: int, scratch: int, dtype: Any) -> list[int]:
        tensors = [*self.x.arguments(x, self.images, dtype), *self.y.arguments(y, self.images, dtype)]
        return [*tensors, w, scratch, self.room, self.together, self.images, *self.tiles, self.points]


def _sizes(c: Convolution) -> tuple[tuple[int, int, int], tuple[int, int, int]]:
    """Of rows and columns: pixels of the input, those of the output, and the margin before the input."""
    return (c.height, c.output[0], c.padding[0]), (c.width, c.output[1], c.padding[2])


def _is_strided(c: Convolution) -> bool:
    return c.strides == (2, 2)


def _every(size: int, first: int = 0, step: int = 1) -> View:
    line = Line(first, step, size)
    return View(line, line)


def _forward(c: Convolution, channels: int = 0, filters: int = 0) -> Work:
    """The forward product, or of fewer channels and filters for the gradient of the kernel."""
    step, phases = (2, (0, STRAIGHT)) if _is_strided(c) else (1, (STRAIGHT, STRAIGHT + 1))
    rows, columns = (View(Line(-m, step, size), Line(1 - m, step, size)) for size, _, m in _sizes(c))
    made = _every(c.output[0]), _every(c.output[1])
    result = (BETWEEN, BETWEEN + 1) if _is_strided(c) else phases
    x, y = Tensor(rows, columns, channels or c.channels, phases), Tensor(*made, filters or c.filters, result)
    down, across = (-(-outputs // OUTPUTS) for outputs in c.output)
    return Work(c.images, x, y, (down, across))


def _backward(c: Convolution) -> Work:
    axes = [(_backward_strided if _is_strided(c) else _backward_straight)(*sizes) for sizes in _sizes(c)]
    (rows, dx_rows, down, turn_rows), (columns, dx_columns, across, turn_columns) = axes
    read, made = ((BETWEEN, BETWEEN + 1), (0, STRAIGHT)) if _is_strided(c) else ((STRAIGHT, STRAIGHT + 1),) * 2
    dy, dx = Tensor(rows, columns, c.filters, read), Tensor(dx_rows, dx_columns, c.channels, made)
    return Work(c.images, dy, dx, (down, across), (turn_rows, turn_columns))


def _backward_straight(size: int, outputs: int, before: int) -> tuple[View, View, int, bool]:
    return _every(outputs, before - TAPS + 1), _every(size), -(-size // OUTPUTS), True


def _backward_strided(size: int, outputs: int, before: int) -> tuple[View, View, int, bool]:
    """How the gradient of the input follows from that of the output along one axis; how many tiles; whether turned.

    Pixel 2u - before gets terms of output u by tap 0 and of u - 1 by tap 2, the next one of output u by tap 1. So that
    a pair of neighbours, the first one of which exists, belongs to one tile, the axis is gone along backwards where the
    margin is even.
    """
    last = before + size - 1
    if before % 2 == 0:
        u = last // 2
        pixel, count = 2 * u - before, u - before // 2 + 1
        made = View(Line(pixel, -2, size), Line(pixel + 1, -2, size))
        return _every(outputs, u, -1), made, -(-count // OUTPUTS), False
    u = before // 2 + 1
    pixel, count = 2 * u - before, (last + 1) // 2 - u + 1
    made = View(Line(pixel, 2, size), Line(pixel - 1, 2, size))
    return _every(outputs, u - 1), made, -(-count // OUTPUTS), True


def _scratch(work: Work, workers: int) -> int:
    return work.transformed + max(work.packed, workers * work.room)


def forward_scratch(c: Convolution, workers: int) -> int:
    """Elements of workspace that `forward` needs when run by at most `workers` workers."""
    return _scratch(_forward(c), workers)


def grad_input_scratch(c: Convolution, workers: int) -> int:
    """Elements of workspace that `grad_input` needs when run by at most `workers` workers."""
    return _scratch(_backward(c), workers)


def forward(
    c: Convolution, x: int, pack: Pack, y: int, *, dtype: Any, bias: int, activation: int, scratch: int
) -> list[Instruction]:
    """y = act(x * w + bias), as `conv.forward` has it; `pack` lays the kernel out in panels at an address."""
    return _convolve(_forward(c), x, pack, y, scratch, dtype, bias=bias, activation=activation)


def grad_input(c: Convolution, dy: int, pack: Pack, dx: int, *, dtype: Any, scratch: int) -> list[Instruction]:
    """dx, as `conv.grad_input` has it; `pack` lays the kernel out in panels whose columns are the channels of x."""
    return _convolve(_backward(c), dy, pack, dx, scratch, dtype)


def _convolve(
    work: Work, x: int, pack: Pack, y: int, scratch: int, dtype: Any, bias: int = 0, activation: int = 0
) -> list[Instruction]:
    rest = scratch + work.transformed * np.dtype(dtype).itemsize
    # The phases are those of the one of both tensors that has several.
    spread = work.x if work.x.depth > _padded(work.x.channels) else work.y
    steps = [_padded(work.x.channels), 0] if spread is work.x else [0, _padded(work.y.channels) // LANE]
    sizes = [work.y.channels, work.x.channels, work.x.depth, work.points, *spread.phases]
    transform: Instruction = (at.transform_filters, [rest, scratch, *sizes, *steps, *map(int, work.turned)], True)
    values = work.arguments(x, y, scratch, rest, dtype)
    return [pack(rest), transform, (at.winograd_convolve, [*values, bias, activation], True)]


def grad_kernel(c: Convolution, x: int, dy: int, dw: int, *, dtype: Any, scratch: int) -> list[Instruction]:
    """dw, as `conv.grad_kernel` has it."""
    parts, whole, band = _parts(c), replace(_forward(c), together=TERMS), _band(c)
    room = scratch + _part_elements(c) * np.dtype(dtype).itemsize
    values = whole.arguments(x, dy, scratch if parts > 1 else dw, room, dtype)
    values[at.ROOM] = band.room
    made: list[Instruction] = [(at.winograd_correlate, [*values, parts, band.x.channels, band.y.channels], True)]
    if parts > 1:
        made.append((add_parts, [scratch, dw, 0, parts, c.weights // c.filters, c.filters, c.filters, 0, 0], True))
    return made


def grad_kernel_scratch(c: Convolution, workers: int) -> int:
    """Elements of workspace that `grad_kernel` needs when run by at most `workers` workers."""
    return _part_elements(c) + workers * _band(c).room


def _band(c: Convolution) -> Work:
    """What of the gradient of the kernel is summed at a time."""
    channels, filters = min(c.channels, BAND // 2 if _is_strided(c) else BAND), min(c.filters, BAND)
    work = _forward(c, channels, filters)
    return replace(work, together=TERMS, sums=work.x.depth * work.y.depth)


def _parts(c: Convolution) -> int:
    """Partial sums over images, so that several workers find work: from the sizes alone, so is the result."""
    return max(1, min(MOST_PARTS, c.images, PART_ELEMENTS // (c.channels * c.filters)))


def _part_elements(c: Convolution) -> int:
    return _parts(c) * c.weights if _parts(c) > 1 else 0
