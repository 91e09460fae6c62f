"""Convolution in two dimensions and its gradients, all by the register tile.

Images are NHWC, kernels HWIO. The forward product and the gradient of the input are one kernel, `convolve`: under each
output pixel the input has a patch, and a patch is a row of X. The gradient of the kernel is `correlate`: a row of X is
what one weight of the kernel sees, and the sum runs over the pixels. Where a window reaches over the border, a few
images at a time are copied with their margin into scratch, where they stay in the cache while they are used.
"""

import math
from dataclasses import dataclass
from typing import Any

from netstudio.engine.kernels import block
from netstudio.engine.kernels.abi import at, cast, device, kernel, pointer, share
from netstudio.engine.kernels.gemm import Instruction
from netstudio.engine.kernels.pack import add_parts, transpose_matrices

# Pixels that `correlate` sums over at a time, elements of input that are copied with their margin at a time, and the
# most elements that partial sums of a kernel's gradient take.
CHUNK = 256
STAGE = 1 << 17
PART_ELEMENTS = 1 << 16
MOST_PARTS = 16

# Where the arguments of both kernels stand. Input pixel = output pixel * STRIDE + tap * DILATION - TOP (or LEFT).
X, W, Y, BIAS, SCRATCH, STAGING, STAGED, IMAGES, HEIGHT, WIDTH, CHANNELS, OUT_HEIGHT, OUT_WIDTH, TOP, LEFT = range(15)
STRIDE_H, STRIDE_W, TAPS_H, TAPS_W, DILATION_H, DILATION_W, GROUPS, DEPTH, FILTERS = range(15, 24)
UNIT_IMAGES, UNIT_HEIGHT, UNIT_WIDTH, BLOCK, ACTIVATION = range(24, 29)
# Those of `convolve` alone: where in W the first tap lies and its strides along (i, j, channel, group); the same for Y
# along (image, row, column).
W_START, WI, WJ, WK, WG, Y_START, YN, YH, YW = range(29, 38)
# That of `correlate` alone.
PARTS = 29


@kernel
def convolve(a, t, worker, workers):
    """Y[image, row, column, f] = act(bias[f] + sum over taps and channels of X[...] W[...]); see `forward`."""
    b, item = block.new(), block.item_size(t)
    images, height, width = unit_for(a, workers)
    bands, strips = pieces(a[OUT_HEIGHT], height), pieces(a[OUT_WIDTH], width)
    first, last = share(pieces(a[IMAGES], images) * bands * strips, 1, worker, workers)
    for unit in range(first, last):
        n, h, w = unit // (bands * strips) * images, unit // strips % bands * height, unit % strips * width
        size = min(images, a[IMAGES] - n), min(height, a[OUT_HEIGHT] - h), min(width, a[OUT_WIDTH] - w)
        x, image_step, row_step = patches(a, t, worker, (n, h, w), size)
        x_steps = image_step, a[STRIDE_H] * row_step, a[STRIDE_W] * a[CHANNELS]
        block.lay_rows(b, 0, size[0] * size[1] * size[2], size, x_steps, (a[YN], a[YH], a[YW]))
        y = a[Y] + (a[Y_START] + n * a[YN] + h * a[YH] + w * a[YW]) * item
        lay_window(a, b, row_step)
        multiply(a, t, b, (x, a[W] + a[W_START] * item, y, a[BIAS]), a[WG])


@device
def lay_window(a, b, row_step):
    """The sum's loops: rows of the window, its columns, channels; one long loop where a row of it is contiguous."""
    i_step, j_step = a[DILATION_H] * row_step, a[DILATION_W] * a[CHANNELS]
    block.set_triple(b, block.X_STEPS, (i_step, j_step, 1))
    block.set_triple(b, block.W_STEPS, (a[WI], a[WJ], a[WK]))
    block.set_triple(b, block.SIZES, (a[TAPS_H], a[TAPS_W], a[DEPTH]))
    if is_depthwise(a):
        block.set_triple(b, block.X_STEPS, (0, i_step, j_step))
        block.set_triple(b, block.W_STEPS, (0, a[WI], a[WJ]))
        block.set_triple(b, block.SIZES, (1, a[TAPS_H], a[TAPS_W]))
    elif j_step == a[DEPTH] and a[WJ] == a[DEPTH] * a[WK]:
        block.set_triple(b, block.SIZES, (a[TAPS_H], 1, a[TAPS_W] * a[DEPTH]))


@device
def is_depthwise(a):
    return a[DEPTH] == 1 and a[FILTERS] == 1


@device
def multiply(a, t, b, start, w_group):
    """The block's rows times all filters, group by group; `start`: where X, W, Y and the bias of group 0 are.

    A depthwise convolution is one product, with a lane for each group.
    """
    size = block.item_size(t)
    x, w, y, bias = start
    b[block.ACTIVATION] = a[ACTIVATION]
    b[block.LANEWISE] = 1 if is_depthwise(a) else 0
    b[block.COLUMNS] = a[GROUPS] if is_depthwise(a) else a[FILTERS]
    for g in range(1 if is_depthwise(a) else a[GROUPS]):
        b[block.X] = x + g * a[DEPTH] * size
        b[block.W] = w + g * w_group * size
        b[block.Y] = y + g * a[FILTERS] * size
        b[block.BIAS] = bias + g * a[FILTERS] * size if bias != 0 else 0
        block.run(a[BLOCK], b, t)


@kernel
def correlate(a, t, worker, workers):
    """Y[part, i, j, c, f] = sum over the part's pixels of X[...] W[pixel, f]; see `grad_kernel`."""
    b, parts = block.new(), a[PARTS]
    weights = a[TAPS_H] * a[TAPS_W] * a[DEPTH]
    height = min(block.ROWS, pieces(weights, pieces(2 * workers, parts) if workers > 1 else 1))
    bands = pieces(weights, height)
    first, last = share(parts * bands, 1, worker, workers)
    for unit in range(first, last):
        part, row = unit // bands, unit % bands * height
        images = a[IMAGES] * part // parts, a[IMAGES] * (part + 1) // parts
        y = a[Y] + part * weights * a[GROUPS] * a[FILTERS] * block.item_size(t)
        reduce_images(a, t, worker, b, images, (row, min(height, weights - row)), y)


@device
def reduce_images(a, t, worker, b, images, rows, y):
    """Some rows (first, count) of the kernel's gradient, summed over the images in chunks that fit the cache."""
    filters, item, laid = a[GROUPS] * a[FILTERS], block.item_size(t), 0
    b[block.RESUME] = 0
    block.set_triple(b, block.W_STEPS, (a[OUT_HEIGHT] * a[OUT_WIDTH] * filters, a[OUT_WIDTH] * filters, filters))
    bands, strips = pieces(a[OUT_HEIGHT], a[UNIT_HEIGHT]), pieces(a[OUT_WIDTH], a[UNIT_WIDTH])
    for chunk in range(pieces(images[1] - images[0], a[UNIT_IMAGES]) * bands * strips):
        n = images[0] + chunk // (bands * strips) * a[UNIT_IMAGES]
        h, w = chunk // strips % bands * a[UNIT_HEIGHT], chunk % strips * a[UNIT_WIDTH]
        size = (
            min(a[UNIT_IMAGES], images[1] - n),
            min(a[UNIT_HEIGHT], a[OUT_HEIGHT] - h),
            min(a[UNIT_WIDTH], a[OUT_WIDTH] - w),
        )
        x, image_step, row_step = patches(a, t, worker, (n, h, w), size)
        if row_step != laid:
            laid = row_step
            taps = a[DILATION_H] * row_step, a[DILATION_W] * a[CHANNELS], 1
            y_steps = a[TAPS_W] * a[DEPTH] * filters, a[DEPTH] * filters, filters
            block.lay_rows(b, rows[0], rows[1], (a[TAPS_H], a[TAPS_W], a[DEPTH]), taps, y_steps)
        block.set_triple(b, block.SIZES, size)
        block.set_triple(b, block.X_STEPS, (image_step, a[STRIDE_H] * row_step, a[STRIDE_W] * a[CHANNELS]))
        dy = a[W] + ((n * a[OUT_HEIGHT] + h) * a[OUT_WIDTH] + w) * filters * item
        multiply(a, t, b, (x, dy, y, 0), a[FILTERS])
        b[block.RESUME] = 1


@device
def pieces(total, size):
    return (total + size - 1) // size


@device
def unit_for(a, workers):
    """Images, rows and columns of a unit of work: what the arguments say, or less where workers would find no work."""
    if workers == 1:
        return a[UNIT_IMAGES], a[UNIT_HEIGHT], a[UNIT_WIDTH]
    images = max(1, min(a[UNIT_IMAGES], a[IMAGES] // (2 * workers)))
    rows = max(1, a[IMAGES] * a[OUT_HEIGHT] // (4 * workers))
    return images, min(a[UNIT_HEIGHT], rows) if images == 1 else a[UNIT_HEIGHT], a[UNIT_WIDTH]


@device
def patches(a, t, worker, start, size):
    """The address of the input under a unit's first output pixel, and the strides of its images and rows.

    It is the input itself, or a copy with zeros around it where a window reaches over the border.
    """
    top, left = start[1] * a[STRIDE_H] - a[TOP], start[2] * a[STRIDE_W] - a[LEFT]
    source, item, row_step = pointer(a[X], t), block.item_size(t), a[WIDTH] * a[CHANNELS]
    image_step = a[HEIGHT] * row_step
    if a[STAGED] == 0:
        offset = start[0] * image_step + top * row_step + left * a[CHANNELS]
        return a[X] + offset * item, image_step, row_step
    height = reach(size[1], a[STRIDE_H], a[TAPS_H], a[DILATION_H])
    width = reach(size[2], a[STRIDE_W], a[TAPS_W], a[DILATION_W])
    space = reach(a[UNIT_HEIGHT], a[STRIDE_H], a[TAPS_H], a[DILATION_H])
    space *= reach(a[UNIT_WIDTH], a[STRIDE_W], a[TAPS_W], a[DILATION_W]) * a[UNIT_IMAGES] * a[CHANNELS]
    staged = a[SCRATCH] + (a[STAGING] + worker * space) * item
    for n in range(size[0]):
        for h in range(height):
            target = at(pointer(staged, t), (n * height + h) * width * a[CHANNELS])
            inside = 0 <= top + h < a[HEIGHT]
            copy_row(at(source, (start[0] + n) * image_step + (top + h) * row_step), a, left, width, inside, target)
    return staged, height * width * a[CHANNELS], width * a[CHANNELS]


@device
def copy_row(source, a, left, width, inside, target):
    """`width` pixels of a row of the input from column `left` on, with zeros for those that do not exist."""
    begin = min(max(0, -left), width) if inside else width
    end = max(begin, min(width, a[WIDTH] - left))
    zero = cast(0, source)
    for i in range(begin * a[CHANNELS]):
        target[i] = zero
    for i in range(begin * a[CHANNELS], end * a[CHANNELS]):
        target[i] = source[left * a[CHANNELS] + i]
    for i in range(end * a[CHANNELS], width * a[CHANNELS]):
        target[i] = zero


def reach(outputs: int, stride: int, taps: int, dilation: int) -> int:
    """Input pixels under `outputs` neighbouring output pixels."""
    return (outputs - 1) * stride + (taps - 1) * dilation + 1


_reach = reach
reach = device(reach)


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
        return math.prod(self.kernel) * self.channels // self.groups * self.filters

    @property
    def depthwise(self) -> bool:
        return self.groups == self.channels == self.filters


@dataclass(frozen=True)
class _Axis:
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


def _forward_axes(c: Convolution) -> tuple[_Axis, _Axis]:
    sizes, before = (c.height, c.width), (c.padding[0], c.padding[2])
    rows, columns = (
        _Axis(sizes[n], c.output[n], c.strides[n], c.kernel[n], c.dilation[n], before[n]) for n in range(2)
    )
    return rows, columns


def _backward_axes(inputs: int, outputs: int, stride: int, taps: int, dilation: int, before: int) -> list[_Axis]:
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
        axes.append(_Axis(outputs, count, 1, len(used), apart, -offset, last, step, phase, stride))
    return axes


def _unit(images: int, rows: _Axis, columns: _Axis, channels: int, most: int) -> tuple[int, int, int]:
    """Images, rows and columns of output to work on at a time: at most `most` pixels, whose input fits the cache."""

    def fits(n: int, h: int, w: int) -> bool:
        return n * h * w <= most and _area(rows, columns, h, w) * n * channels <= STAGE

    width = min(columns.outputs, most)
    while width > 1 and not fits(1, 1, width):
        width = -(-width // 2)
    height = max([1, *(h for h in range(1, rows.outputs + 1) if fits(1, h, width))])
    if (height, width) != (rows.outputs, columns.outputs):
        return 1, height, width
    return max([1, *(n for n in range(1, images + 1) if fits(n, height, width))]), height, width


def _area(rows: _Axis, columns: _Axis, height: int, width: int) -> int:
    vertical = _reach(height, rows.stride, rows.taps, rows.dilation)
    return vertical * _reach(width, columns.stride, columns.taps, columns.dilation)


def _staging(unit: tuple[int, int, int], rows: _Axis, columns: _Axis, channels: int) -> int:
    """Elements that one worker needs for a unit's input with its margin."""
    if not (rows.padded or columns.padded):
        return 0
    return unit[0] * _area(rows, columns, unit[1], unit[2]) * channels


def _arguments(values: dict[int, int]) -> list[int]:
    return [int(values[index]) for index in range(len(values))]


def _geometry(images: int, rows: _Axis, columns: _Axis, unit: tuple[int, int, int], dtype: Any) -> dict[int, int]:
    return {
        BLOCK: block.multiply_block.address(dtype),
        STAGED: rows.padded or columns.padded,
        IMAGES: images, HEIGHT: rows.inputs, WIDTH: columns.inputs,
        OUT_HEIGHT: rows.outputs, OUT_WIDTH: columns.outputs, TOP: rows.before, LEFT: columns.before,
        STRIDE_H: rows.stride, STRIDE_W: columns.stride, TAPS_H: rows.taps, TAPS_W: columns.taps,
        DILATION_H: rows.dilation, DILATION_W: columns.dilation,
        UNIT_IMAGES: unit[0], UNIT_HEIGHT: unit[1], UNIT_WIDTH: unit[2],
    }  # fmt: skip


def forward(
    c: Convolution, x: int, w: int, y: int, *, dtype: Any, bias: int = 0, activation: int = 0, scratch: int = 0
) -> list[Instruction]:
    """y = act(x * w + bias), with the conventions of `gemm.instructions`. y is (images, *c.output, filters)."""
    rows, columns = _forward_axes(c)
    depth = c.channels // c.groups
    return [
        _convolve(
            dtype, c.images, rows, columns, (c.groups, depth, c.filters // c.groups), x, w, y, bias, activation, scratch,
            staging=0,
            w_steps=(c.kernel[1] * depth * c.filters, depth * c.filters, c.filters, c.filters // c.groups),
            y_size=c.output,
        )
    ]  # fmt: skip


def forward_scratch(c: Convolution, workers: int, dtype: Any) -> int:
    """Elements of workspace that `forward` needs when run by at most `workers` workers."""
    rows, columns = _forward_axes(c)
    return workers * _staging(_unit(c.images, rows, columns, c.channels, block.ROWS), rows, columns, c.channels)


def _convolve(
    dtype: Any, images: int, rows: _Axis, columns: _Axis, groups: tuple[int, int, int], x: int, w: int, y: int,
    bias: int, activation: int, scratch: int, staging: int, w_steps: tuple[int, int, int, int], y_size: tuple[int, int],
) -> Instruction:  # fmt: skip
    """One `convolve`; `groups`: count, channels and filters of each; `w_steps`: along tap row, tap, channel, group."""
    count, depth, filters = groups
    pixel = count * filters
    y_row = y_size[1] * pixel
    unit = _unit(images, rows, columns, count * depth, block.ROWS)
    values = _geometry(images, rows, columns, unit, dtype) | {
        X: x, W: w, Y: y, BIAS: bias, SCRATCH: scratch, STAGING: staging,
        CHANNELS: count * depth, GROUPS: count, DEPTH: depth, FILTERS: filters,
        W_START: rows.first * w_steps[0] + columns.first * w_steps[1],
        WI: rows.step * w_steps[0], WJ: columns.step * w_steps[1], WK: w_steps[2], WG: w_steps[3],
        Y_START: rows.start * y_row + columns.start * pixel,
        YN: y_size[0] * y_row, YH: rows.spread * y_row, YW: columns.spread * pixel, ACTIVATION: activation,
    }  # fmt: skip
    return convolve, _arguments(values), True


def grad_input(c: Convolution, dy: int, w: int, dx: int, *, dtype: Any, scratch: int = 0) -> list[Instruction]:
    """dx (images, height, width, channels) from dy (images, *c.output, filters) and the kernel."""
    depth, filters = c.channels // c.groups, c.filters // c.groups
    taps = c.kernel[0] * c.kernel[1]
    made: list[Instruction] = []
    if not c.depthwise:
        # (depth, filters) to (filters, depth) in each tap: then dy's channels are summed, and dx's are the columns.
        made.append((transpose_matrices, [w, scratch, taps, depth, c.filters], True))
    kernel_at = w if c.depthwise else scratch
    steps = (c.kernel[1] * depth * c.filters, depth * c.filters, depth, filters * depth)
    for rows, columns in _phases(c):
        made.append(
            _convolve(
                dtype, c.images, rows, columns, (c.groups, filters, depth), dy, kernel_at, dx, 0, 0, scratch,
                _turned(c), steps, (c.height, c.width),
            )
        )  # fmt: skip
    return made


def grad_input_scratch(c: Convolution, workers: int, dtype: Any) -> int:
    """Elements of workspace that `grad_input` needs when run by at most `workers` workers."""
    phases = ((_unit(c.images, *axes, c.filters, block.ROWS), *axes) for axes in _phases(c))
    return _turned(c) + workers * max(_staging(*phase, c.filters) for phase in phases)


def _turned(c: Convolution) -> int:
    """Elements of the transposed kernel."""
    return 0 if c.depthwise else c.weights


def _phases(c: Convolution) -> list[tuple[_Axis, _Axis]]:
    sizes, before = (c.height, c.width), (c.padding[0], c.padding[2])
    vertical, horizontal = (
        _backward_axes(sizes[n], c.output[n], c.strides[n], c.kernel[n], c.dilation[n], before[n]) for n in range(2)
    )
    return [(rows, columns) for rows in vertical for columns in horizontal]


def grad_kernel(c: Convolution, x: int, dy: int, dw: int, *, dtype: Any, scratch: int = 0) -> list[Instruction]:
    """dw (kh, kw, channels // groups, filters) from x and dy (images, *c.output, filters)."""
    rows, columns = _forward_axes(c)
    parts = _parts(c)
    unit = _unit(c.images, rows, columns, c.channels, CHUNK)
    values = _geometry(c.images, rows, columns, unit, dtype) | {
        X: x, W: dy, Y: scratch if parts > 1 else dw, BIAS: 0, SCRATCH: scratch, STAGING: _part_elements(c),
        CHANNELS: c.channels, GROUPS: c.groups, DEPTH: c.channels // c.groups, FILTERS: c.filters // c.groups,
        ACTIVATION: 0, PARTS: parts,
    }  # fmt: skip
    made: list[Instruction] = [(correlate, _arguments(values), True)]
    if parts > 1:
        rows_of_dw = c.weights // c.filters
        made.append((add_parts, [scratch, dw, 0, parts, rows_of_dw, c.filters, c.filters, 0, 0], True))
    return made


def grad_kernel_scratch(c: Convolution, workers: int, dtype: Any) -> int:
    """Elements of workspace that `grad_kernel` needs when run by at most `workers` workers."""
    rows, columns = _forward_axes(c)
    unit = _unit(c.images, rows, columns, c.channels, CHUNK)
    return _part_elements(c) + workers * _staging(unit, rows, columns, c.channels)


def _parts(c: Convolution) -> int:
    """Partial sums over images, so that several workers find work: from the sizes alone, so is the result."""
    return max(1, min(MOST_PARTS, c.images, PART_ELEMENTS // c.weights))


def _part_elements(c: Convolution) -> int:
    return _parts(c) * c.weights if _parts(c) > 1 else 0
