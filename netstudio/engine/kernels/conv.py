"""Convolution in two dimensions and its gradients, all by the register tile.

Images are NHWC, kernels HWIO. The forward product and the gradient of the input are one kernel, `convolve`: under each
output pixel the input has a patch, and a patch is a row of X. The gradient of the kernel is `correlate`: a row of X is
what one weight of the kernel sees, and the sum runs over the pixels. Where a window reaches over the border, a few
images at a time are copied with their margin into scratch, where they stay in the cache while they are used.

Each function here returns instructions, (kernel, arguments, whether it may be shared among workers), in the order in
which to run them. Addresses are absolute; `scratch` is that of as many elements as the twin `*_scratch` says.
"""

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from netstudio.engine.kernels import block, winograd
from netstudio.engine.kernels import conv_kernels as at
from netstudio.engine.kernels.conv_shape import Axis, Convolution, forward_axes, phases, staging, unit_of
from netstudio.engine.kernels.gemm import Instruction
from netstudio.engine.kernels.pack import add_parts
from netstudio.engine.kernels.vectors import REGISTERS

__all__ = [
    "Convolution",
    "forward", "forward_scratch", "grad_input", "grad_input_scratch", "grad_kernel", "grad_kernel_scratch",
]  # fmt: skip

# Pixels that `correlate` sums over at a time.
CHUNK = 256
# The most partial sums of a kernel's gradient, and the most elements that they take.
MOST_PARTS = 16
PART_ELEMENTS = 1 << 16
# From so many filters on, and for so many pixels, packing the kernel into dense panels pays in the forward product.
PACK_FILTERS = 64
PACK_PIXELS = 256


def forward(
    c: Convolution, x: int, w: int, y: int, *, dtype: Any, bias: int = 0, activation: int = 0, scratch: int = 0
) -> list[Instruction]:
    """y (images, *c.output, filters) = act(x * w + bias).

    `bias` is the address of `filters` elements, or 0 for none; `activation` is 0 for none, 1 for ReLU.
    """
    if winograd.pays(c, dtype):
        pack = partial(_pack, c, _dense_layout(c, dtype), w, channel_step=c.filters, column_step=1)
        return winograd.forward(c, x, pack, y, dtype=dtype, bias=bias, activation=activation, scratch=scratch)
    layout, made = _forward_layout(c, dtype), []
    if layout.packed:
        made.append(_pack(c, layout, w, scratch, channel_step=c.filters, column_step=1))
    product = _Product(c.images, c.groups, layout, c.output)
    operands = {at.X: x, at.W: scratch if layout.packed else w, at.Y: y, at.BIAS: bias, at.ACTIVATION: activation}
    return [*made, _convolve(product, [forward_axes(c)], operands, scratch, dtype)]


def forward_scratch(c: Convolution, workers: int, dtype: Any) -> int:
    """Elements of workspace that `forward` needs when run by at most `workers` workers."""
    if winograd.pays(c, dtype):
        return winograd.forward_scratch(c, workers)
    return _forward_layout(c, dtype).packed + workers * _space(c.images, [forward_axes(c)], c.channels)


def _space(images: int, parts: list[tuple[Axis, Axis]], channels: int) -> int:
    """Elements of workspace for each worker: enough for any of the products, since workers may be at different ones."""
    return max(staging(unit_of(images, *axes, channels, block.ROWS), *axes, channels) for axes in parts)


def grad_input(c: Convolution, dy: int, w: int, dx: int, *, dtype: Any, scratch: int = 0) -> list[Instruction]:
    """dx (images, height, width, channels) from dy (images, *c.output, filters) and the kernel.

    The channels of dy are summed over, those of dx are the columns, so the kernel is packed turned round.
    """
    layout, made = _backward_layout(c, dtype), []
    if winograd.pays(c, dtype):
        pack = partial(_pack, c, layout, w, channel_step=1, column_step=c.filters)
        return winograd.grad_input(c, dy, pack, dx, dtype=dtype, scratch=scratch)
    if layout.packed:
        made.append(_pack(c, layout, w, scratch, channel_step=1, column_step=c.filters))
    product = _Product(c.images, c.groups, layout, (c.height, c.width))
    operands = {at.X: dy, at.W: scratch if layout.packed else w, at.Y: dx, at.BIAS: 0, at.ACTIVATION: 0}
    return [*made, _convolve(product, phases(c), operands, scratch, dtype)]


def grad_input_scratch(c: Convolution, workers: int, dtype: Any) -> int:
    """Elements of workspace that `grad_input` needs when run by at most `workers` workers."""
    if winograd.pays(c, dtype):
        return winograd.grad_input_scratch(c, workers)
    return _backward_layout(c, dtype).packed + workers * _space(c.images, phases(c), c.filters)


def grad_kernel(c: Convolution, x: int, dy: int, dw: int, *, dtype: Any, scratch: int = 0) -> list[Instruction]:
    """dw (kh, kw, channels // groups, filters) from x (images, height, width, channels) and dy as in `grad_input`."""
    if winograd.pays(c, dtype):
        return winograd.grad_kernel(c, x, dy, dw, dtype=dtype, scratch=scratch)
    rows, columns = forward_axes(c)
    parts = _parts(c)
    unit = unit_of(c.images, rows, columns, c.channels, CHUNK)
    values = _geometry(c.images, rows, columns, unit, dtype) | {
        at.X: x, at.W: dy, at.Y: scratch if parts > 1 else dw, at.BIAS: 0, at.ACTIVATION: 0,
        at.SCRATCH: scratch, at.STAGING: _part_elements(c), at.SPACE: staging(unit, rows, columns, c.channels),
        at.CHANNELS: c.channels,
        at.GROUPS: c.groups, at.DEPTH: c.depth, at.FILTERS: c.filters // c.groups, at.PARTS: parts,
    }  # fmt: skip
    made: list[Instruction] = [(at.correlate, _arguments(values), True)]
    if parts > 1:
        made.append((add_parts, [scratch, dw, 0, parts, c.weights // c.filters, c.filters, c.filters, 0, 0], True))
    return made


def grad_kernel_scratch(c: Convolution, workers: int, dtype: Any) -> int:
    """Elements of workspace that `grad_kernel` needs when run by at most `workers` workers."""
    if winograd.pays(c, dtype):
        return winograd.grad_kernel_scratch(c, workers)
    rows, columns = forward_axes(c)
    unit = unit_of(c.images, rows, columns, c.channels, CHUNK)
    return _part_elements(c) + workers * staging(unit, rows, columns, c.channels)


def _parts(c: Convolution) -> int:
    """Partial sums over images, so that several workers find work: from the sizes alone, so is the result."""
    return max(1, min(MOST_PARTS, c.images, PART_ELEMENTS // c.weights))


def _part_elements(c: Convolution) -> int:
    return _parts(c) * c.weights if _parts(c) > 1 else 0


@dataclass(frozen=True)
class _Layout:
    """How W lies in memory: channels summed over and columns of each group; strides, in elements, along rows of taps,
    taps, channels, groups and panels of columns; columns in a panel; elements of the packed copy, 0 if there is none.
    """

    channels: int
    columns: int
    tap_row: int
    tap: int
    channel: int
    group: int
    panel: int
    panel_columns: int
    packed: int


def _forward_layout(c: Convolution, dtype: Any) -> _Layout:
    pixels, columns = c.images * c.output[0] * c.output[1], c.filters // c.groups
    if not c.depthwise and c.filters > PACK_FILTERS and pixels >= PACK_PIXELS:
        return _dense_layout(c, dtype)
    tap = c.depth * c.filters
    return _Layout(c.depth, columns, c.kernel[1] * tap, tap, c.filters, columns, 0, columns, 0)


def _dense_layout(c: Convolution, dtype: Any) -> _Layout:
    return _packed_layout(c, c.depth, c.filters // c.groups, dtype)


def _backward_layout(c: Convolution, dtype: Any) -> _Layout:
    return _forward_layout(c, dtype) if c.depthwise else _packed_layout(c, c.filters // c.groups, c.depth, dtype)


def _packed_layout(c: Convolution, channels: int, columns: int, dtype: Any) -> _Layout:
    wide = 2 * REGISTERS.width // np.dtype(dtype).itemsize
    tap = channels * wide
    panel = c.kernel[0] * c.kernel[1] * tap
    group = -(-columns // wide) * panel
    return _Layout(channels, columns, c.kernel[1] * tap, tap, wide, group, panel, wide, c.groups * group)


def _pack(c: Convolution, layout: _Layout, w: int, packed: int, channel_step: int, column_step: int) -> Instruction:
    sizes = [c.groups, c.kernel[0] * c.kernel[1], layout.channels, layout.columns]
    steps = [c.filters // c.groups, c.depth * c.filters, channel_step, column_step]
    return at.pack_filters, [w, packed, *sizes, *steps], True


@dataclass(frozen=True)
class _Product:
    """What the phases of one `convolve` share; `size` is the height and width of the whole output."""

    images: int
    groups: int
    layout: _Layout
    size: tuple[int, int]


def _convolve(
    product: _Product, parts: list[tuple[Axis, Axis]], operands: dict[int, int], scratch: int, dtype: Any
) -> Instruction:
    space = _space(product.images, parts, product.groups * product.layout.channels)
    operands = {**operands, at.SPACE: space}
    arguments = [_arguments(_part(product, axes, scratch, dtype) | operands) for axes in parts]
    return at.convolve, [len(parts), *(value for part in arguments for value in part)], True


def _part(product: _Product, axes: tuple[Axis, Axis], scratch: int, dtype: Any) -> dict[int, int]:
    """The arguments of those pixels of the output that follow from such axes, but for the operands."""
    (rows, columns), layout = axes, product.layout
    channels, pixel = product.groups * layout.channels, product.groups * layout.columns
    y_row = product.size[1] * pixel
    unit = unit_of(product.images, rows, columns, channels, block.ROWS)
    return _geometry(product.images, rows, columns, unit, dtype) | {
        at.SCRATCH: scratch, at.STAGING: layout.packed,
        at.CHANNELS: channels, at.GROUPS: product.groups, at.DEPTH: layout.channels, at.FILTERS: layout.columns,
        at.W_START: rows.first * layout.tap_row + columns.first * layout.tap,
        at.WI: rows.step * layout.tap_row, at.WJ: columns.step * layout.tap, at.WK: layout.channel,
        at.W_GROUP: layout.group, at.W_PANEL: layout.panel, at.PANEL: layout.panel_columns,
        at.Y_START: rows.start * y_row + columns.start * pixel,
        at.YN: product.size[0] * y_row, at.YH: rows.spread * y_row, at.YW: columns.spread * pixel,
    }  # fmt: skip


def _geometry(images: int, rows: Axis, columns: Axis, unit: tuple[int, int, int], dtype: Any) -> dict[int, int]:
    return {
        at.BLOCK: block.multiply_block.address(dtype), at.STAGED: rows.padded or columns.padded,
        at.IMAGES: images, at.HEIGHT: rows.inputs, at.WIDTH: columns.inputs,
        at.OUT_HEIGHT: rows.outputs, at.OUT_WIDTH: columns.outputs, at.TOP: rows.before, at.LEFT: columns.before,
        at.STRIDE_H: rows.stride, at.STRIDE_W: columns.stride, at.TAPS_H: rows.taps, at.TAPS_W: columns.taps,
        at.DILATION_H: rows.dilation, at.DILATION_W: columns.dilation,
        at.UNIT_IMAGES: unit[0], at.UNIT_HEIGHT: unit[1], at.UNIT_WIDTH: unit[2],
    }  # fmt: skip


def _arguments(values: dict[int, int]) -> list[int]:
    return [int(values[index]) for index in range(len(values))]
