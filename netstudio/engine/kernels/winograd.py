"""Convolutions of 3x3 windows with a quarter of the multiplications, and when they pay.

The same conventions as in `conv`, which calls this where `pays` says so: instructions with absolute addresses, and
`*_scratch` for how many elements of workspace they need. What a result's bits depend on is its sizes alone.

Against the direct product the error in float32 is about five times as large: 1e-6 of the norm of the result.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from netstudio.engine.kernels import winograd_kernels as at
from netstudio.engine.kernels.conv_shape import Axis, Convolution, forward_axes, phases
from netstudio.engine.kernels.gemm import Instruction
from netstudio.engine.kernels.pack import add_parts
from netstudio.engine.kernels.vectors import REGISTERS
from netstudio.engine.kernels.winograd_tile import HEIGHT
from netstudio.engine.kernels.winograd_transform import OUTPUTS, TAPS

# What lays out the kernel at the address that it is given.
Pack = Callable[[int], Instruction]

# The most channels and filters: beyond, the transformed kernel leaves the cache.
MOST_CHANNELS = 256
# The fewest tiles for which transforming the kernel pays.
FEWEST_TILES = 16
# Tiles under way at a time, whole register tiles: their values at all points stay in the second-level cache.
TILES = 4 * HEIGHT
# Channels and filters whose gradient is summed at a time, and the most partial sums and their elements.
BAND = 64
MOST_PARTS = 16
PART_ELEMENTS = 1 << 14


def pays(c: Convolution, dtype: Any) -> bool:
    """Whether these kernels can do it, and faster than the direct ones: float32, and channels in whole vectors."""
    plain = c.kernel == (TAPS, TAPS) and c.strides == c.dilation == (1, 1) and c.groups == 1
    lane = REGISTERS.width // np.dtype(dtype).itemsize
    sizes = c.channels, c.filters
    whole = all(size % lane == 0 and size <= MOST_CHANNELS for size in sizes)
    if np.dtype(dtype) != np.float32 or not plain or not whole:
        return False
    covered, pixels = _tiles(*c.output) * OUTPUTS**2, c.output[0] * c.output[1]
    return c.images * _tiles(*c.output) >= FEWEST_TILES and covered <= 2 * pixels


def _tiles(height: int, width: int) -> int:
    return -(-height // OUTPUTS) * -(-width // OUTPUTS)


@dataclass(frozen=True)
class _Work:
    """A product: images, its axes, channels, filters, and elements that are summed at each point over all tiles."""

    images: int
    rows: Axis
    columns: Axis
    channels: int
    filters: int
    sums: int = 0

    def room(self, dtype: Any) -> int:
        """Elements of scratch for one worker: transformed tiles, and products or sums at all points."""
        lane = REGISTERS.width // int(np.dtype(dtype).itemsize)
        planes = TILES * (self.channels + self.filters) + self.sums + 3 * lane
        return at.TILE_POINTS * planes

    def geometry(self, dtype: Any) -> dict[int, int]:
        return {
            at.ROOM: self.room(dtype), at.TILES: TILES,
            at.IMAGES: self.images, at.ROWS: self.rows.inputs, at.COLUMNS: self.columns.inputs,
            at.CHANNELS: self.channels, at.FILTERS: self.filters,
            at.OUT_HEIGHT: self.rows.outputs, at.OUT_WIDTH: self.columns.outputs,
            at.TOP: self.rows.before, at.LEFT: self.columns.before,
        }  # fmt: skip


def _forward(c: Convolution) -> _Work:
    return _Work(c.images, *forward_axes(c), c.channels, c.filters)


def _backward(c: Convolution) -> _Work:
    return _Work(c.images, *phases(c)[0], c.filters, c.channels)


@dataclass(frozen=True)
class Panels:
    """The kernel in panels of columns: how many elements a panel has for each tap, and how many panels there are."""

    elements: int
    count: int

    @property
    def packed(self) -> int:
        return TAPS * TAPS * self.elements * self.count

    @property
    def transformed(self) -> int:
        return at.TILE_POINTS * self.elements * self.count


def _panels(work: _Work, dtype: Any) -> Panels:
    wide = 2 * REGISTERS.width // np.dtype(dtype).itemsize
    return Panels(work.channels * wide, -(-work.filters // wide))


def _scratch(work: _Work, workers: int, dtype: Any) -> int:
    panels = _panels(work, dtype)
    return panels.transformed + max(panels.packed, workers * work.room(dtype))


def forward_scratch(c: Convolution, workers: int, dtype: Any) -> int:
    """Elements of workspace that `forward` needs when run by at most `workers` workers."""
    return _scratch(_forward(c), workers, dtype)


def grad_input_scratch(c: Convolution, workers: int, dtype: Any) -> int:
    """Elements of workspace that `grad_input` needs when run by at most `workers` workers."""
    return _scratch(_backward(c), workers, dtype)


def forward(
    c: Convolution, x: int, pack: Pack, y: int, *, dtype: Any, bias: int, activation: int, scratch: int
) -> list[Instruction]:
    """y = act(x * w + bias), as `conv.forward` has it; `pack` lays the kernel out in panels at an address."""
    return _convolve(_forward(c), x, pack, y, scratch, dtype, turned=False, bias=bias, activation=activation)


def grad_input(c: Convolution, dy: int, pack: Pack, dx: int, *, dtype: Any, scratch: int) -> list[Instruction]:
    """dx, as `conv.grad_input` has it; `pack` lays the kernel out in panels whose columns are the channels of x."""
    return _convolve(_backward(c), dy, pack, dx, scratch, dtype, turned=True)


def _convolve(
    work: _Work, x: int, pack: Pack, y: int, scratch: int, dtype: Any, *, turned: bool,
    bias: int = 0, activation: int = 0,
) -> list[Instruction]:  # fmt: skip
    panels = _panels(work, dtype)
    rest = scratch + panels.transformed * np.dtype(dtype).itemsize
    values = work.geometry(dtype) | {
        at.X: x, at.W: scratch, at.Y: y, at.SCRATCH: rest, at.BIAS: bias, at.ACTIVATION: activation
    }  # fmt: skip
    transform: Instruction = (at.transform_filters, [rest, scratch, panels.count, panels.elements, int(turned)], True)
    return [pack(rest), transform, (at.winograd_convolve, _arguments(values), True)]


def grad_kernel(c: Convolution, x: int, dy: int, dw: int, *, dtype: Any, scratch: int) -> list[Instruction]:
    """dw, as `conv.grad_kernel` has it."""
    parts, band = _parts(c), _band(c)
    room = scratch + _part_elements(c) * np.dtype(dtype).itemsize
    values = band.geometry(dtype) | {
        at.X: x, at.W: dy, at.Y: scratch if parts > 1 else dw, at.SCRATCH: room, at.PARTS: parts,
        at.CHANNELS: c.channels, at.FILTERS: c.filters, at.BAND: BAND,
    }  # fmt: skip
    made: list[Instruction] = [(at.winograd_correlate, _arguments(values), True)]
    if parts > 1:
        made.append((add_parts, [scratch, dw, 0, parts, c.weights // c.filters, c.filters, c.filters, 0, 0], True))
    return made


def grad_kernel_scratch(c: Convolution, workers: int, dtype: Any) -> int:
    """Elements of workspace that `grad_kernel` needs when run by at most `workers` workers."""
    return _part_elements(c) + workers * _band(c).room(dtype)


def _band(c: Convolution) -> _Work:
    """What of the gradient of the kernel is summed at a time."""
    channels, filters = min(c.channels, BAND), min(c.filters, BAND)
    return _Work(c.images, *forward_axes(c), channels, filters, channels * filters)


def _parts(c: Convolution) -> int:
    """Partial sums over images, so that several workers find work: from the sizes alone, so is the result."""
    return max(1, min(MOST_PARTS, c.images, PART_ELEMENTS // (c.channels * c.filters)))


def _part_elements(c: Convolution) -> int:
    return _parts(c) * c.weights if _parts(c) > 1 else 0


def _arguments(values: dict[int, int]) -> list[int]:
    return [int(values[index]) for index in range(len(values))]
