"""The kernels of convolution: `convolve`, `correlate`, and `pack_filters` to lay out the first one's operand.

What their arguments mean together is in `conv`, which fills them in.
"""

from netstudio.engine.kernels import block
from netstudio.engine.kernels.abi import at, cast, device, kernel, pointer, share
from netstudio.engine.kernels.conv_shape import reach
from netstudio.engine.kernels.pack import pack_panel
from netstudio.engine.kernels.vectors import lanes

reach = device(reach)

# Where the arguments of both kernels stand. Input pixel = output pixel * STRIDE + tap * DILATION - TOP (or LEFT).
X, W, Y, BIAS, SCRATCH, STAGING, STAGED, IMAGES, HEIGHT, WIDTH, CHANNELS, OUT_HEIGHT, OUT_WIDTH, TOP, LEFT = range(15)
STRIDE_H, STRIDE_W, TAPS_H, TAPS_W, DILATION_H, DILATION_W, GROUPS, DEPTH, FILTERS = range(15, 24)
UNIT_IMAGES, UNIT_HEIGHT, UNIT_WIDTH, BLOCK, ACTIVATION = range(24, 29)
SPACE = 29  # elements of the workspace from `STAGING` on that are each worker's own
# Those of `convolve` alone: where in W the first tap lies, W's strides along (tap row, tap, channel), groups and
# panels, and how many columns a panel has; where in Y the first pixel lies and Y's strides along (image, row, column).
W_START, WI, WJ, WK, W_GROUP, W_PANEL, PANEL, Y_START, YN, YH, YW = range(30, 41)
ARGUMENTS = 41
# That of `correlate` alone.
PARTS = 30


@kernel
def convolve(a, t, worker, workers):
    """Y[image, row, column, f] = act(bias[f] + sum over taps and channels of X[...] W[...]); see `forward`.

    a: how many such products, which write to one tensor, then the arguments of each. They take turns, unit by unit, so
    that the pixels that they share stay in the cache.
    """
    b, turns = block.new(), 0
    for product in range(a[0]):
        first, last = share_units(at(a, 1 + product * ARGUMENTS), worker, workers)
        turns = max(turns, last - first)
    laid = -1, 0, 0, 0
    for turn in range(turns):
        for product in range(a[0]):
            p = at(a, 1 + product * ARGUMENTS)
            first, last = share_units(p, worker, workers)
            begin, end = first + (last - first) * turn // turns, first + (last - first) * (turn + 1) // turns
            for unit in range(begin, end):
                laid = convolve_unit(p, t, worker, workers, b, unit, product, laid)


@device
def share_units(a, worker, workers):
    """The units of work, from and up to, that a worker does."""
    images, height, width = unit_for(a, workers)
    units = pieces(a[IMAGES], images) * pieces(a[OUT_HEIGHT], height) * pieces(a[OUT_WIDTH], width)
    return share(units, 1, worker, workers)


@device
def convolve_unit(a, t, worker, workers, b, unit, product, laid):
    """Some pixels of one product; gives back for which product and how many pixels the block's rows are laid out."""
    images, height, width = unit_for(a, workers)
    bands, strips = pieces(a[OUT_HEIGHT], height), pieces(a[OUT_WIDTH], width)
    n, h, w = unit // (bands * strips) * images, unit // strips % bands * height, unit % strips * width
    size = min(images, a[IMAGES] - n), min(height, a[OUT_HEIGHT] - h), min(width, a[OUT_WIDTH] - w)
    x, image_step, row_step = patches(a, t, worker, (n, h, w), size)
    if laid != (product, size[0], size[1], size[2]):
        laid = product, size[0], size[1], size[2]
        x_steps = image_step, a[STRIDE_H] * row_step, a[STRIDE_W] * a[CHANNELS]
        block.lay_rows(b, 0, size[0] * size[1] * size[2], size, x_steps, (a[YN], a[YH], a[YW]))
        lay_window(a, b, row_step)
    y = a[Y] + (a[Y_START] + n * a[YN] + h * a[YH] + w * a[YW]) * block.item_size(t)
    multiply(a, t, b, (x, a[W] + a[W_START] * block.item_size(t), y, a[BIAS]), (a[W_GROUP], a[W_PANEL], a[PANEL]))
    return laid


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
def multiply(a, t, b, start, w_layout):
    """The block's rows times all filters, group by group and panel by panel.

    start: addresses of X, W, Y and the bias for group 0. w_layout: strides of W's groups and panels, a panel's columns.
    A depthwise convolution is one product, with a lane for each group.
    """
    size = block.item_size(t)
    x, w, y, bias = start
    group_step, panel_step, columns = w_layout
    b[block.ACTIVATION] = a[ACTIVATION]
    b[block.LANEWISE] = 1 if is_depthwise(a) else 0
    groups, filters = (1, a[GROUPS]) if is_depthwise(a) else (a[GROUPS], a[FILTERS])
    panels = 1 if is_depthwise(a) else pieces(filters, columns)
    for g in range(groups):
        for p in range(panels):
            f = g * filters + p * columns
            b[block.COLUMNS] = filters if panels == 1 else min(columns, filters - p * columns)
            b[block.X] = x + g * a[DEPTH] * size
            b[block.W] = w + (g * group_step + p * panel_step) * size
            b[block.Y] = y + f * size
            b[block.BIAS] = bias + f * size if bias != 0 else 0
            block.run(a[BLOCK], b, t)


@kernel
def pack_filters(a, t, worker, workers):
    """W as dense panels of columns, packed[group, panel, tap, channel, column].

    a: W, packed, groups, taps, channels, columns, strides of W along groups, taps, channels and columns.
    """
    taps, channels, columns, wide = a[3], a[4], a[5], 2 * lanes(t)
    panels = pieces(columns, wide)
    first, last = share(a[2] * panels * taps, 1, worker, workers)
    for unit in range(first, last):
        group, panel, tap = unit // (panels * taps), unit // taps % panels, unit % taps
        source = at(pointer(a[0], t), group * a[6] + tap * a[7] + panel * wide * a[9])
        target = at(pointer(a[1], t), unit * channels * wide)
        pack_panel(source, a[8], a[9], channels, min(wide, columns - panel * wide), target)


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
        multiply(a, t, b, (x, dy, y, 0), (a[FILTERS], 0, a[FILTERS]))
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
    staged = a[SCRATCH] + (a[STAGING] + worker * a[SPACE]) * item
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
