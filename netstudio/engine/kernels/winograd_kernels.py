"""The kernels of Winograd's convolutions: transform tiles, multiply point by point, transform back.

What their arguments mean together is in `winograd`, which fills them in. At each point of a tile stands an ordinary
matrix product over many tiles: (tiles, channels) by (channels, filters), or for the gradient of the kernel (channels,
tiles) by (tiles, filters). With a stride of 2 the channels of all phases stand side by side, the filters in the
gradient of the input; see `winograd_transform`.
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
    COUNT,
    OUTPUTS,
    STRAIGHT,
    TAPS,
    filter_tile,
    input_tile,
    kernel_tile,
    output_tile,
    slope_tile,
)

# A tensor of images among the arguments: its address, elements from one image to the next, channels, its phases from
# and up to; then what rows and columns of its phases are, those of two taps and those of one: the first pixel and the
# distance of pixels in elements, how many there are, and how many that there are not precede them in the first tile.
ADDRESS, IMAGE, CHANNELS, FIRST, END, LINES = range(6)
START, STEP, SIZE, BEFORE, LINE = range(5)
TENSOR = LINES + 4 * LINE
# Where the arguments of both kernels stand. POINTS counts those along one axis; ROOM is how many elements of scratch
# each worker has.
X, Y = 0, TENSOR
W, SCRATCH, ROOM, TILES, IMAGES, DOWN, ACROSS, POINTS = range(2 * TENSOR, 2 * TENSOR + 8)
# Those of `winograd_convolve` alone, and those of `winograd_correlate`.
BIAS, ACTIVATION = 2 * TENSOR + 8, 2 * TENSOR + 9
PARTS, CHANNEL_BAND, FILTER_BAND = 2 * TENSOR + 8, 2 * TENSOR + 9, 2 * TENSOR + 10


@device
def pieces(total, size):
    return (total + size - 1) // size


@device
def padded(channels, like):
    """So many channels in whole vectors."""
    return pieces(channels, lanes(like)) * lanes(like)


@device
def plane(elements, like):
    """From one point's matrix to the next: one vector more than it has, lest all lie in one set of the cache."""
    return elements + lanes(like)


@device
def is_single(phase):
    """Whether a phase has one tap of three along the rows, and along the columns."""
    return phase == 2 or phase == 3, phase == 0 or phase == 3


@kernel
def transform_filters(a, t, worker, workers):
    """The values of 3x3 filters at all points: target[panel, point, row, column] from source[panel, tap, row, column].

    a: source, target, columns, rows, rows of the target, points, phases from and up to; from phase to phase rows and
    vectors of columns; whether to turn the filters' rows round, and their columns. Rows that only the target has are 0.
    """
    lane, points, rows = lanes(t), a[5], padded(a[3], pointer(0, t))
    panel = 2 * lane
    first, last = share(pieces(a[2], lane) * rows, 1, worker, workers)
    for unit in range(first, last):
        vector, row = unit // rows, unit % rows
        for phase in range(a[6], a[7]):
            turn = phase - a[6]
            column, k = vector + turn * a[9], row + turn * a[8]
            target = at(pointer(a[1], t), (column // 2 * points * points * a[4] + k) * panel + column % 2 * lane)
            source = at(pointer(a[0], t), (vector // 2 * TAPS * TAPS * a[3] + row) * panel + vector % 2 * lane)
            if row < a[3]:
                start, steps = taps_of(phase, a[10], a[11])
                tap = a[3] * panel
                source = at(source, (start[0] * TAPS + start[1]) * tap)
                steps, target_steps = (steps[0] * TAPS * tap, steps[1] * tap), (points * a[4] * panel, a[4] * panel)
                filter_tile(phase, source, steps, target, target_steps, lane, (0, 0), (0, 0), 0, cast(0, t))
            else:
                clear(target, points * points, a[4] * panel)


@device
def taps_of(phase, turn_rows, turn_columns):
    """The first tap (row, column) of a phase, and from which to which it goes on."""
    single, apart = is_single(phase), 1 if phase == STRAIGHT else TAPS - 1
    row = 1 if single[0] else TAPS - 1 if turn_rows else 0
    column = 1 if single[1] else TAPS - 1 if turn_columns else 0
    return (row, column), (-apart if turn_rows else apart, -apart if turn_columns else apart)


@device
def clear(target, count, step):
    for n in range(count):
        for i in range(lanes(target)):
            target[n * step + i] = cast(0, target)


@device
def find_tile(a, tile):
    """The image, row and column of tile number `tile`."""
    each = a[DOWN] * a[ACROSS]
    return tile // each, tile % each // a[ACROSS], tile % a[ACROSS]


@device
def next_tile(a, n, down, across):
    """The image, row and column of the next tile."""
    across += 1
    if across == a[ACROSS]:
        across, down = 0, down + 1
        if down == a[DOWN]:
            down, n = 0, n + 1
    return n, down, across


@device
def phases_of(a, tensor):
    """How many phases of a tensor stand side by side."""
    return a[tensor + END] - a[tensor + FIRST]


@device
def find_pixels(a, tensor, phase, place):
    """Where the pixels of a phase of a tile at `place` (image, row, column) are.

    The offset of the first, and along rows and columns their distances; which pixel the first one is, and how many
    there are in the image.
    """
    single, lines = is_single(phase), tensor + LINES
    rows, columns = lines + (LINE if single[0] else 0), lines + (3 * LINE if single[1] else 2 * LINE)
    corner = place[1] * OUTPUTS - a[rows + BEFORE], place[2] * OUTPUTS - a[columns + BEFORE]
    start = place[0] * a[tensor + IMAGE] + a[rows + START] + a[columns + START]
    steps = a[rows + STEP], a[columns + STEP]
    return start + corner[0] * steps[0] + corner[1] * steps[1], steps, corner, (a[rows + SIZE], a[columns + SIZE])


def reader(transform):
    """A device function that transforms tiles (first, count) of a tensor, whose address is `x`, to values.

    values[point, tile, phase and channel] in blocks, for `channels` channels from `x` on.
    """

    @device
    def read(a, tensor, x, tiles, channels, values):
        each, lane, none = padded(channels, x), lanes(x), cast(0, x)
        step = plane(a[TILES] * phases_of(a, tensor) * each, x)
        target_steps = a[POINTS] * step, step
        n, down, across = find_tile(a, tiles[0])
        for tile in range(tiles[1]):
            target = at(values, tile * lane)
            for phase in range(a[tensor + FIRST], a[tensor + END]):
                start, steps, corner, size = find_pixels(a, tensor, phase, (n, down, across))
                source = at(x, start)
                for c in range(0, channels, lane):
                    left = channels - c
                    transform(
                        phase, at(source, c), steps, target, target_steps, left, corner, size, 0, none
                    )  # fmt: skip
                    target = at(target, a[TILES] * lane)
            n, down, across = next_tile(a, n, down, across)

    return read


transform_inputs, transform_slopes = reader(input_tile), reader(slope_tile)


@device
def transform_outputs(a, y, tiles, values):
    """The output of the tiles (first, count) from values[point, tile, phase and filter], with bias and activation."""
    filters, lane, item = a[Y + CHANNELS], lanes(y), block.item_size(y)
    step = plane(a[TILES] * phases_of(a, Y) * padded(filters, y), y)
    low = cast(0, y) if a[ACTIVATION] == 1 else cast(-np.inf, y)
    source_steps = a[POINTS] * step, step
    n, down, across = find_tile(a, tiles[0])
    for tile in range(tiles[1]):
        source = at(values, tile * lane)
        for phase in range(a[Y + FIRST], a[Y + END]):
            start, steps, corner, size = find_pixels(a, Y, phase, (n, down, across))
            target = at(y, start)
            for f in range(0, filters, lane):
                bias, left = a[BIAS] + f * item if a[BIAS] != 0 else 0, filters - f
                output_tile(phase, source, source_steps, at(target, f), steps, left, corner, size, bias, low)
                source = at(source, a[TILES] * lane)
        n, down, across = next_tile(a, n, down, across)


@device
def row_start(a, tensor, n, down):
    """Where the first row of pixels under a row of tiles of an image begins."""
    rows = tensor + LINES
    row = min(max(down * OUTPUTS - a[rows + BEFORE], 0), a[rows + SIZE])
    return n * a[tensor + IMAGE] + a[rows + START] + row * a[rows + STEP]


@device
def span(a, tensor, x, tiles, end):
    """The part of a tensor under some tiles (first, count), no further than tile `end`: whole rows.

    Its address, how many lines of the cache it takes, and how many of them are to be fetched at each point.
    """
    if tiles[0] >= end:
        return x, 0, 0
    first, last = find_tile(a, tiles[0]), find_tile(a, min(tiles[0] + tiles[1], end) - 1)
    begin, stop = row_start(a, tensor, first[0], first[1]), row_start(a, tensor, last[0], last[1] + 1)
    lines = pieces(max(begin, stop) - min(begin, stop), 64 // block.item_size(x))
    return at(x, min(begin, stop)), lines, pieces(lines, a[POINTS] * a[POINTS])


@device
def fetch(span, part, write):
    """Have one of the parts of a span brought into the second-level cache."""
    start, lines, share = span
    line = 64 // block.item_size(start)
    for i in range(part * share, min((part + 1) * share, lines)):
        prefetch(at(start, i * line), write)


@kernel
def winograd_convolve(a, t, worker, workers):
    """Y[image, row, column, f] = act(bias[f] + sum over taps and channels of X[...] w[...]), w transformed into W.

    While one lot of tiles is multiplied, the pixels of the next lot are fetched, and those that are to be written.
    """
    x, y, size = pointer(a[X + ADDRESS], t), pointer(a[Y + ADDRESS], t), a[TILES]
    values = at(pointer(a[SCRATCH], t), worker * a[ROOM])
    row = phases_of(a, X) * padded(a[X + CHANNELS], t)
    products = at(values, a[POINTS] * a[POINTS] * plane(size * row, t))
    begin, end = share(a[IMAGES] * a[DOWN] * a[ACROSS], size, worker, workers)
    for tile in range(begin, end, size):
        tiles = tile, min(size, end - tile)
        ahead = span(a, X, x, (tile + size, size), end), span(a, Y, y, tiles, end)
        transform_inputs(a, X, x, tiles, a[X + CHANNELS], values)
        multiply_points(a, values, tiles[1], products, ahead)
        transform_outputs(a, y, tiles, products)


@device
def phases_at(a, tensor, row, column):
    """The phases of a tensor from and up to which meet at a point of a tile, counted from its first one.

    Where a stride makes four phases, one tap alone has no value at the last point along its axis.
    """
    first, last = a[tensor + FIRST], a[tensor + END]
    if a[POINTS] == COUNT:
        return 0, last - first
    last_row, last_column = row == a[POINTS] - 1, column == a[POINTS] - 1
    begin, end = 1 if last_column else 0, 2 if last_row else 3 if last_column else 4
    return max(begin, first) - first, min(end, last) - first


@device
def next_point(a, row, column):
    """The row and column of a tile's next point."""
    return (row, column + 1) if column + 1 < a[POINTS] else (row + 1, 0)


@device
def multiply_points(a, values, tiles, products, ahead):
    """products[point, tile, f] = sum over channels of values[point, tile, channel] W[panel, point, channel, f].

    The rows of tiles that do not exist are computed as well, up to a whole register tile.
    """
    each, each_filter = padded(a[X + CHANNELS], values), padded(a[Y + CHANNELS], values)
    channels, filters, lane = phases_of(a, X) * each, phases_of(a, Y) * each_filter, lanes(values)
    panel, points, column = 2 * lane, a[POINTS] * a[POINTS], a[TILES] * lane
    x_step, y_step = plane(a[TILES] * channels, values), plane(a[TILES] * filters, values)
    i, j = 0, 0
    for point in range(points):
        fetch(ahead[0], point, False)
        fetch(ahead[1], point, True)
        (first, last), (begin, end) = phases_at(a, X, i, j), phases_at(a, Y, i, j)
        i, j = next_point(a, i, j)
        k, count, n = first * each, (last - first) * each, begin * each_filter
        x = at(values, point * x_step + k * a[TILES])
        while n < end * each_filter:
            y = at(products, point * y_step + n * a[TILES])
            w = at(pointer(a[W], values), ((n // panel * points + point) * channels + k) * panel + n % panel)
            if n % panel == 0 and end * each_filter - n > lane:
                for m in range(0, tiles, HEIGHT):
                    wide(at(x, m * lane), column, w, at(y, m * lane), column, count)
                n += panel
            else:
                for m in range(0, tiles, TALL):
                    tall(at(x, m * lane), column, w, at(y, m * lane), column, count)
                n += lane


@kernel
def winograd_correlate(a, t, worker, workers):
    """W[part, i, j, c, f] = sum over the part's pixels of X[..., c] Y[..., f], for bands of channels and of filters."""
    all_channels, all_filters = a[X + CHANNELS], a[Y + CHANNELS]
    bands, strips = pieces(all_channels, a[CHANNEL_BAND]), pieces(all_filters, a[FILTER_BAND])
    sums = at(pointer(a[SCRATCH], t), worker * a[ROOM])
    first, last = share(a[PARTS] * bands * strips, 1, worker, workers)
    for unit in range(first, last):
        part, c = unit // (bands * strips), unit // strips % bands * a[CHANNEL_BAND]
        f = unit % strips * a[FILTER_BAND]
        images = a[IMAGES] * part // a[PARTS], a[IMAGES] * (part + 1) // a[PARTS]
        sizes = min(a[CHANNEL_BAND], all_channels - c), min(a[FILTER_BAND], all_filters - f)
        x, dy = at(pointer(a[X + ADDRESS], t), c), at(pointer(a[Y + ADDRESS], t), f)
        reduce_tiles(a, x, dy, images, sizes, sums)
        w = at(pointer(a[W], t), (part * TAPS * TAPS * all_channels + c) * all_filters + f)
        transform_sums(a, sums, sizes, w)


@device
def transform_sums(a, sums, sizes, w):
    """The gradient of the kernel, for so many channels and filters, at `w` from sums[point, phase and c, f]."""
    channels, filters, lane, none = padded(sizes[0], w), padded(sizes[1], w), lanes(w), cast(0, w)
    step, tap = plane(phases_of(a, X) * channels * filters, w), a[X + CHANNELS] * a[Y + CHANNELS]
    source_steps = a[POINTS] * step, step
    for phase in range(a[X + FIRST], a[X + END]):
        start, steps = taps_of(phase, False, False)
        source = at(sums, (phase - a[X + FIRST]) * channels * filters)
        target, target_steps = at(w, (start[0] * TAPS + start[1]) * tap), (steps[0] * TAPS * tap, steps[1] * tap)
        for c in range(sizes[0]):
            for f in range(0, sizes[1], lane):
                from_place, to_place = at(source, c * filters + f), at(target, c * a[Y + CHANNELS] + f)
                left = sizes[1] - f
                kernel_tile(
                    phase, from_place, source_steps, to_place, target_steps, left, (0, 0), (0, 0), 0, none
                )  # fmt: skip


@device
def reduce_tiles(a, x, dy, images, sizes, sums):
    """sums[point, phase and c, f] over all tiles of the images (first, end), for `sizes` channels and filters."""
    size, each = a[TILES], a[DOWN] * a[ACROSS]
    begin, end, points = images[0] * each, images[1] * each, a[POINTS] * a[POINTS]
    rows, columns = phases_of(a, X) * padded(sizes[0], x), padded(sizes[1], x)
    values = at(sums, points * plane(rows * columns, x))
    slopes = at(values, points * plane(size * rows, x))
    for tile in range(begin, end, size):
        tiles, following = (tile, min(size, end - tile)), (tile + size, size)
        transform_inputs(a, X, x, tiles, sizes[0], values)
        transform_slopes(a, Y, dy, tiles, sizes[1], slopes)
        ahead = span(a, X, x, following, end), span(a, Y, dy, following, end)
        sum_points(a, (values, slopes), tiles[1], (rows, columns), sums, tile > begin, ahead)


@device
def sum_points(a, factors, tiles, sizes, sums, resume, ahead):
    """sums[point, c, f] (+)= sum over tiles of values[point, tile, c] slopes[point, tile, f]; `factors` is both.

    Meanwhile the pixels `ahead` are fetched.
    """
    (values, slopes), (channels, filters), points = factors, sizes, a[POINTS] * a[POINTS]
    lane, y_step, each = lanes(values), plane(channels * filters, values), channels // phases_of(a, X)
    column = a[TILES] * lane
    x_step, w_step = plane(a[TILES] * channels, values), plane(a[TILES] * filters, values)
    i, j = 0, 0
    for point in range(points):
        fetch(ahead[0], point, False)
        fetch(ahead[1], point, False)
        first, last = phases_at(a, X, i, j)
        i, j = next_point(a, i, j)
        for f in range(0, filters, 2 * lane):
            w, y = at(slopes, point * w_step + f * a[TILES]), at(sums, point * y_step + f)
            is_wide = filters - f > lane
            for c in range(first * each, last * each, HEIGHT_TURNED if is_wide else TALL_TURNED):
                x, to = at(values, point * x_step + c // lane * column + c % lane), at(y, c * filters)
                if is_wide:
                    wide_turned(x, w, column, to, filters, tiles, resume)
                else:
                    tall_turned(x, w, column, to, filters, tiles, resume)
