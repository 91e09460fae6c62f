"""The kernels of Winograd's convolutions: transform tiles, multiply point by point, transform back.

What their arguments mean together is in `winograd`, which fills them in. At each of the 36 points of a tile stands an
ordinary matrix product over many tiles: (tiles, channels) by (channels, filters), or for the gradient of the kernel
(channels, tiles) by (tiles, filters).
"""

import numpy as np

from netstudio.engine.kernels import block
from netstudio.engine.kernels.abi import at, cast, device, kernel, pointer, share
from netstudio.engine.kernels.vectors import lanes, prefetch
from netstudio.engine.kernels.winograd_tile import (
    HEIGHT,
    HEIGHT_TURNED,
    TALL,
    TALL_TURNED,
    tall,
    tall_turned,
    wide,
    wide_turned,
)  # fmt: skip
from netstudio.engine.kernels.winograd_transform import (
    OUTPUTS,
    POINTS,
    TAPS,
    filter_tile,
    input_tile,
    kernel_tile,
    output_tile,
    slope_tile,
)

TILE_POINTS = POINTS * POINTS

# Where the arguments of both kernels stand. The tile at (row, column) reads from pixel (row * 4 - TOP,
# column * 4 - LEFT) of the input on. ROOM is how many elements of scratch each worker has.
X, W, Y, SCRATCH, ROOM, TILES, IMAGES, ROWS, COLUMNS, CHANNELS, FILTERS = range(11)
OUT_HEIGHT, OUT_WIDTH, TOP, LEFT = range(11, 15)
# Those of `winograd_convolve` alone, and those of `winograd_correlate`.
BIAS, ACTIVATION = 15, 16
PARTS, BAND = 15, 16


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
    steps, start = ((-TAPS * count, -count), (TAPS * TAPS - 1) * count) if a[4] else ((TAPS * count, count), 0)
    for unit in range(first, last):
        panel, element = unit // vectors, unit % vectors * lane
        source = at(pointer(a[0], t), panel * TAPS * TAPS * count + start + element)
        target = at(pointer(a[1], t), panel * TILE_POINTS * count + element)
        filter_tile(source, steps, target, (POINTS * count, count), (0, 0), (0, 0), 0, cast(0, t))


@device
def tiles_of(a):
    """How many tiles an image has."""
    return pieces(a[OUT_HEIGHT], OUTPUTS) * pieces(a[OUT_WIDTH], OUTPUTS)


@device
def find_tile(a, tile):
    """The image, row and column of tile number `tile`."""
    each, across = tiles_of(a), pieces(a[OUT_WIDTH], OUTPUTS)
    return tile // each, tile % each // across, tile % across


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


@device
def span(a, image, tiles, end, size, before):
    """The part of an image tensor under some tiles (first, count), no further than tile `end`: address and elements.

    `image` begins the tensor, `size` is the height, width and channels of its images. Whole rows are meant, those from
    `before` rows above a tile's output on.
    """
    if tiles[0] >= end:
        return image, 0
    first, last = find_tile(a, tiles[0]), find_tile(a, min(tiles[0] + tiles[1], end) - 1)
    begin = first[0] * size[0] + min(max(first[1] * OUTPUTS - before, 0), size[0])
    stop = last[0] * size[0] + min(max((last[1] + 1) * OUTPUTS - before, 0), size[0])
    return at(image, begin * size[1] * size[2]), max(stop - begin, 0) * size[1] * size[2]


@device
def fetch(span, part, write):
    """Have one of TILE_POINTS parts of a span brought into the second-level cache."""
    start, count = span
    line = 64 // block.item_size(start)
    lines = pieces(count, line)
    for i in range(lines * part // TILE_POINTS, lines * (part + 1) // TILE_POINTS):
        prefetch(at(start, i * line), write)


@kernel
def winograd_convolve(a, t, worker, workers):
    """Y[image, row, column, f] = act(bias[f] + sum over taps and channels of X[...] w[...]), w transformed into W.

    While one lot of tiles is multiplied, the pixels of the next lot are fetched, and those that are to be written.
    """
    x, y, size = pointer(a[X], t), pointer(a[Y], t), a[TILES]
    x_size, y_size = (a[ROWS], a[COLUMNS], a[CHANNELS]), (a[OUT_HEIGHT], a[OUT_WIDTH], a[FILTERS])
    values = at(pointer(a[SCRATCH], t), worker * a[ROOM])
    products = at(values, TILE_POINTS * plane(size * a[CHANNELS], t))
    begin, end = share(a[IMAGES] * tiles_of(a), size, worker, workers)
    for tile in range(begin, end, size):
        tiles = tile, min(size, end - tile)
        following = span(a, x, (tile + size, size), end, x_size, a[TOP])
        written = span(a, y, tiles, end, y_size, 0)
        transform_inputs(a, x, tiles, a[CHANNELS], values)
        multiply_points(a, values, tiles[1], products, following, written)
        transform_outputs(a, y, tiles, products)


@device
def multiply_points(a, values, tiles, products, following, written):
    """products[point, tile, filter] = sum over channels of values[point, tile, channel] W[panel, point, channel, f].

    The rows of tiles that do not exist are computed as well, up to a whole register tile.
    """
    channels, filters, lane = a[CHANNELS], a[FILTERS], lanes(values)
    panel = 2 * lane
    x_step, y_step = plane(a[TILES] * channels, values), plane(a[TILES] * filters, values)
    for point in range(TILE_POINTS):
        fetch(following, point, False)
        fetch(written, point, True)
        for n in range(0, filters, panel):
            x, y = at(values, point * x_step), at(products, point * y_step + n)
            w = at(pointer(a[W], values), (n * TILE_POINTS + point * panel) * channels)
            if filters - n > lane:
                for m in range(0, tiles, HEIGHT):
                    wide(at(x, m * channels), channels, w, panel, at(y, m * filters), filters, channels, False)
            else:
                for m in range(0, tiles, TALL):
                    tall(at(x, m * channels), channels, w, panel, at(y, m * filters), filters, channels, False)


@kernel
def winograd_correlate(a, t, worker, workers):
    """Y[part, i, j, c, f] = sum over the part's pixels of X[..., c] W[..., f], for bands of channels and of filters."""
    lane, weights = lanes(t), a[CHANNELS] * a[FILTERS]
    bands, strips = pieces(a[CHANNELS], a[BAND]), pieces(a[FILTERS], a[BAND])
    sums = at(pointer(a[SCRATCH], t), worker * a[ROOM])
    first, last = share(a[PARTS] * bands * strips, 1, worker, workers)
    for unit in range(first, last):
        part, c, f = unit // (bands * strips), unit // strips % bands * a[BAND], unit % strips * a[BAND]
        images = a[IMAGES] * part // a[PARTS], a[IMAGES] * (part + 1) // a[PARTS]
        channels, filters = min(a[BAND], a[CHANNELS] - c), min(a[BAND], a[FILTERS] - f)
        reduce_tiles(a, at(pointer(a[X], t), c), at(pointer(a[W], t), f), images, (channels, filters), sums)
        step = plane(channels * filters, t)
        y = at(pointer(a[Y], t), part * TAPS * TAPS * weights + c * a[FILTERS] + f)
        for row in range(channels):
            for k in range(0, filters, lane):
                source, target = at(sums, row * filters + k), at(y, row * a[FILTERS] + k)
                steps, target_steps = (POINTS * step, step), (TAPS * weights, weights)
                kernel_tile(source, steps, target, target_steps, (0, 0), (0, 0), 0, cast(0, t))


@device
def reduce_tiles(a, x, dy, images, sizes, sums):
    """sums[point, c, f] over all tiles of the images (first, end), for as many channels and filters as `sizes` says."""
    size, begin, end = a[TILES], images[0] * tiles_of(a), images[1] * tiles_of(a)
    x_size, dy_size = (a[ROWS], a[COLUMNS], a[CHANNELS]), (a[OUT_HEIGHT], a[OUT_WIDTH], a[FILTERS])
    values = at(sums, TILE_POINTS * plane(sizes[0] * sizes[1], x))
    slopes = at(values, TILE_POINTS * plane(a[TILES] * sizes[0], x))
    for tile in range(begin, end, size):
        tiles, following = (tile, min(size, end - tile)), (tile + size, size)
        transform_inputs(a, x, tiles, sizes[0], values)
        transform_slopes(a, dy, tiles, sizes[1], slopes)
        ahead = span(a, x, following, end, x_size, a[TOP]), span(a, dy, following, end, dy_size, 0)
        sum_points(a, (values, slopes), tiles[1], sizes, sums, tile > begin, ahead)


@device
def sum_points(a, factors, tiles, sizes, sums, resume, ahead):
    """sums[point, c, f] (+)= sum over tiles of values[point, tile, c] slopes[point, tile, f]; `factors` is both.

    Meanwhile the pixels `ahead` are fetched.
    """
    (values, slopes), (channels, filters) = factors, sizes
    lane, y_step = lanes(values), plane(channels * filters, values)
    x_step, w_step = plane(a[TILES] * channels, values), plane(a[TILES] * filters, values)
    for point in range(TILE_POINTS):
        fetch(ahead[0], point, False)
        fetch(ahead[1], point, False)
        for f in range(0, filters, 2 * lane):
            x, w = at(values, point * x_step), at(slopes, point * w_step + f)
            y = at(sums, point * y_step + f)
            if filters - f > lane:
                for c in range(0, channels, HEIGHT_TURNED):
                    wide_turned(at(x, c), channels, w, filters, at(y, c * filters), filters, tiles, resume)
            else:
                for c in range(0, channels, TALL_TURNED):
                    tall_turned(at(x, c), channels, w, filters, at(y, c * filters), filters, tiles, resume)
