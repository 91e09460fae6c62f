"""The kernels of Winograd's convolutions: transform tiles, multiply point by point, transform back.

What their arguments mean together is in `winograd`, which fills them in. At each of the 36 points of a tile stands an
ordinary matrix product over many tiles: (tiles, channels) by (channels, filters), or for the gradient of the kernel
(channels, tiles) by (tiles, filters).
"""

import numpy as np

from netstudio.engine.kernels import block
from netstudio.engine.kernels.abi import at, cast, device, kernel, pointer, share
from netstudio.engine.kernels.tile import HEIGHT
from netstudio.engine.kernels.vectors import lanes
from netstudio.engine.kernels.winograd_transform import (
    OUTPUTS,
    POINTS,
    filter_tile,
    input_tile,
    kernel_tile,
    output_tile,
    slope_tile,
)

TILE_POINTS = POINTS * POINTS

# Where the arguments of both kernels stand. The tile at (row, column) reads from pixel (row * 4 - TOP,
# column * 4 - LEFT) of the input on. ROOM is how many elements of scratch each worker has.
X, W, Y, SCRATCH, ROOM, BLOCK, TILES, IMAGES, ROWS, COLUMNS, CHANNELS, FILTERS = range(12)
OUT_HEIGHT, OUT_WIDTH, TOP, LEFT = range(12, 16)
# Those of `winograd_convolve` alone, and those of `winograd_correlate`.
BIAS, ACTIVATION = 16, 17
PARTS, BAND = 16, 17


@device
def pieces(total, size):
    return (total + size - 1) // size


@device
def plane(elements, like):
    """From one point's matrix to the next: one vector more than it has, lest all lie in one set of the cache."""
    return elements + lanes(like)


@kernel
def transform_filters(a, t, worker, workers):
    """The values of 3x3 filters at all points: target[panel, point, element] from source[panel, tap, element].

    a: source, target, panels, elements of a panel (whole vectors), whether to turn the filters by half a turn.
    """
    lane, count = lanes(t), a[3]
    vectors = count // lane
    first, last = share(a[2] * vectors, 1, worker, workers)
    steps, start = ((-3 * count, -count), 8 * count) if a[4] else ((3 * count, count), 0)
    for unit in range(first, last):
        panel, element = unit // vectors, unit % vectors * lane
        source = at(pointer(a[0], t), panel * 9 * count + start + element)
        target = at(pointer(a[1], t), panel * TILE_POINTS * count + element)
        filter_tile(source, steps, target, (POINTS * count, count), (0, 0), (0, 0), 0, cast(0, t))


@device
def find_tile(a, tile):
    """The image, row and column of tile number `tile`."""
    across = pieces(a[OUT_WIDTH], OUTPUTS)
    down = pieces(a[OUT_HEIGHT], OUTPUTS)
    return tile // (down * across), tile // across % down, tile % across


@device
def next_tile(a, n, down, across):
    """The image, row and column of the next tile."""
    across += 1
    if across * OUTPUTS >= a[OUT_WIDTH]:
        across, down = 0, down + 1
        if down * OUTPUTS >= a[OUT_HEIGHT]:
            down, n = 0, n + 1
    return n, down, across


@device
def transform_inputs(a, x, tiles, channels, values):
    """values[point, tile, channel] of the input under the tiles (first, count), for `channels` channels from `x` on."""
    step, lane = plane(a[TILES] * channels, x), lanes(x)
    size, steps, none = (a[ROWS], a[COLUMNS]), (a[COLUMNS] * a[CHANNELS], a[CHANNELS]), cast(0, x)
    n, down, across = find_tile(a, tiles[0])
    for tile in range(tiles[1]):
        corner = down * OUTPUTS - a[TOP], across * OUTPUTS - a[LEFT]
        source = at(x, (n * size[0] + corner[0]) * steps[0] + corner[1] * steps[1])
        target = at(values, tile * channels)
        for c in range(0, channels, lane):
            input_tile(at(source, c), steps, at(target, c), (POINTS * step, step), corner, size, 0, none)
        n, down, across = next_tile(a, n, down, across)


@device
def transform_slopes(a, dy, tiles, filters, values):
    """values[point, tile, filter] of the output's gradient, for `filters` filters from `dy` on."""
    step, lane = plane(a[TILES] * filters, dy), lanes(dy)
    size, steps, none = (a[OUT_HEIGHT], a[OUT_WIDTH]), (a[OUT_WIDTH] * a[FILTERS], a[FILTERS]), cast(0, dy)
    n, down, across = find_tile(a, tiles[0])
    for tile in range(tiles[1]):
        corner = down * OUTPUTS, across * OUTPUTS
        source = at(dy, (n * size[0] + corner[0]) * steps[0] + corner[1] * steps[1])
        target = at(values, tile * filters)
        for f in range(0, filters, lane):
            slope_tile(at(source, f), steps, at(target, f), (POINTS * step, step), corner, size, 0, none)
        n, down, across = next_tile(a, n, down, across)


@device
def transform_outputs(a, y, tiles, values):
    """The output of the tiles (first, count) from values[point, tile, filter], with bias and activation."""
    filters = a[FILTERS]
    step, lane, item = plane(a[TILES] * filters, y), lanes(y), block.item_size(y)
    low = cast(0, y) if a[ACTIVATION] == 1 else cast(-np.inf, y)
    size, steps = (a[OUT_HEIGHT], a[OUT_WIDTH]), (a[OUT_WIDTH] * filters, filters)
    n, down, across = find_tile(a, tiles[0])
    for tile in range(tiles[1]):
        corner = down * OUTPUTS, across * OUTPUTS
        source, target = at(values, tile * filters), at(y, (n * size[0] + corner[0]) * steps[0] + corner[1] * steps[1])
        for f in range(0, filters, lane):
            bias = a[BIAS] + f * item if a[BIAS] != 0 else 0
            output_tile(at(source, f), (POINTS * step, step), at(target, f), steps, corner, size, bias, low)
        n, down, across = next_tile(a, n, down, across)


@kernel
def winograd_convolve(a, t, worker, workers):
    """Y[image, row, column, f] = act(bias[f] + sum over taps and channels of X[...] w[...]), w transformed into W."""
    b, channels, filters, laid = block.new(), a[CHANNELS], a[FILTERS], 0
    total = a[IMAGES] * pieces(a[OUT_HEIGHT], OUTPUTS) * pieces(a[OUT_WIDTH], OUTPUTS)
    size = a[TILES] if workers == 1 else min(a[TILES], pieces(total, 4 * workers * HEIGHT) * HEIGHT)
    values = a[SCRATCH] + worker * a[ROOM] * block.item_size(t)
    products = values + TILE_POINTS * plane(a[TILES] * channels, t) * block.item_size(t)
    first, last = share(pieces(total, size), 1, worker, workers)
    for unit in range(first, last):
        tiles = unit * size, min(size, total - unit * size)
        if tiles[1] != laid:
            laid = tiles[1]
            block.lay_rows(b, 0, laid, (1, 1, laid), (0, 0, channels), (0, 0, filters))
        transform_inputs(a, pointer(a[X], t), tiles, channels, pointer(values, t))
        multiply_points(a, t, b, values, products)
        transform_outputs(a, pointer(a[Y], t), tiles, pointer(products, t))


@device
def multiply_points(a, t, b, values, products):
    """products[point, tile, filter] = sum over channels of values[point, tile, channel] W[panel, point, channel, f]."""
    channels, filters, wide, size = a[CHANNELS], a[FILTERS], 2 * lanes(t), block.item_size(t)
    x_step, y_step = plane(a[TILES] * channels, t) * size, plane(a[TILES] * filters, t) * size
    block.set_triple(b, block.SIZES, (1, 1, channels))
    block.set_triple(b, block.X_STEPS, (0, 0, 1))
    block.set_triple(b, block.W_STEPS, (0, 0, wide))
    for point in range(TILE_POINTS):
        b[block.X] = values + point * x_step
        for panel in range(pieces(filters, wide)):
            b[block.W] = a[W] + (panel * TILE_POINTS + point) * channels * wide * size
            b[block.Y] = products + point * y_step + panel * wide * size
            b[block.COLUMNS] = min(wide, filters - panel * wide)
            block.run(a[BLOCK], b, t)


@kernel
def winograd_correlate(a, t, worker, workers):
    """Y[part, i, j, c, f] = sum over the part's pixels of X[..., c] W[..., f], for bands of channels and of filters."""
    b, lane = block.new(), lanes(t)
    bands, strips = pieces(a[CHANNELS], a[BAND]), pieces(a[FILTERS], a[BAND])
    weights = a[CHANNELS] * a[FILTERS]
    first, last = share(a[PARTS] * bands * strips, 1, worker, workers)
    for unit in range(first, last):
        part, c, f = unit // (bands * strips), unit // strips % bands * a[BAND], unit % strips * a[BAND]
        images = a[IMAGES] * part // a[PARTS], a[IMAGES] * (part + 1) // a[PARTS]
        sizes = min(a[BAND], a[CHANNELS] - c), min(a[BAND], a[FILTERS] - f)
        x, dy, step = at(pointer(a[X], t), c), at(pointer(a[W], t), f), plane(sizes[0] * sizes[1], t)
        room = a[SCRATCH] + worker * a[ROOM] * block.item_size(t)
        reduce_tiles(a, t, b, x, dy, images, sizes, room)
        sums = pointer(room, t)
        y = at(pointer(a[Y], t), part * 9 * weights + c * a[FILTERS] + f)
        for row in range(sizes[0]):
            for k in range(0, sizes[1], lane):
                source, target = at(sums, row * sizes[1] + k), at(y, row * a[FILTERS] + k)
                steps, target_steps = (POINTS * step, step), (3 * weights, weights)
                kernel_tile(source, steps, target, target_steps, (0, 0), (0, 0), 0, cast(0, t))


@device
def reduce_tiles(a, t, b, x, dy, images, sizes, sums):
    """sums[point, c, f] over all tiles of the images (first, end), for as many channels and filters as `sizes` says."""
    channels, filters = sizes
    each, size = pieces(a[OUT_HEIGHT], OUTPUTS) * pieces(a[OUT_WIDTH], OUTPUTS), block.item_size(t)
    begin, end = images[0] * each, images[1] * each
    steps = (
        plane(a[TILES] * channels, t) * size,
        plane(a[TILES] * filters, t) * size,
        plane(channels * filters, t) * size,
    )
    values = sums + TILE_POINTS * steps[2]
    slopes = values + TILE_POINTS * steps[0]
    block.lay_rows(b, 0, channels, (1, 1, channels), (0, 0, 1), (0, 0, filters))
    block.set_triple(b, block.X_STEPS, (0, 0, channels))
    block.set_triple(b, block.W_STEPS, (0, 0, filters))
    b[block.COLUMNS] = filters
    for tile in range(begin, end, a[TILES]):
        count = min(a[TILES], end - tile)
        transform_inputs(a, x, (tile, count), channels, pointer(values, t))
        transform_slopes(a, dy, (tile, count), filters, pointer(slopes, t))
        block.set_triple(b, block.SIZES, (1, 1, count))
        b[block.RESUME] = 1 if tile > begin else 0
        for point in range(TILE_POINTS):
            b[block.X] = values + point * steps[0]
            b[block.W] = slopes + point * steps[1]
            b[block.Y] = sums + point * steps[2]
            block.run(a[BLOCK], b, t)
