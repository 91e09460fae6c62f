"""Mean and variance of each column of a matrix, in one pass over memory.

The rows are cut into pieces that stay in the cache: of each its mean is taken, then its squares about that mean, so
that a large mean costs no digits. Pieces are joined in float64. They depend on the sizes alone, so the result does not
depend on the number of threads.
Source: T. Chan, G. Golub, R. LeVeque, "Updating Formulae and a Pairwise Algorithm for Computing Sample Variances"
(1979).
"""

from dataclasses import dataclass

from netstudio.engine.kernels.abi import Kernel, at, device, double_pointer, kernel, pointer, share
from netstudio.engine.kernels.vectors import LINE, prefetch
from netstudio.engine.kernels.vmath import each, each_of, inlined, item_size, like, plus, stack

LANES = 128  # columns, or rows of few columns, added up side by side
LANES_2, LANES_3 = 2 * LANES, 3 * LANES
PIECE = 8192  # elements of a piece of many
WHOLE = 16384  # elements that are one piece
TILE = 16  # columns joined at a time

Instructions = list[tuple[Kernel, list[int], bool]]


@inlined
def _plus_four(s, x, y, z, w):
    return s + ((x + y) + (z + w))


@inlined
def _away(d, q, m, x):
    x -= m
    return d + x, q + x * x


@inlined
def _four_away(d, q, m, x, y, z, w):
    x, y, z, w = x - m, y - m, z - m, w - m
    return d + ((x + y) + (z + w)), q + ((x * x + y * y) + (z * z + w * w))


@device
def _add_up(sums, x, step, runs, width, rest):
    """The sums of `runs` runs of `width` elements, `step` apart, and of `rest` elements after them."""
    _clear(sums, width)
    for done in range(0, runs - 3, 4):
        run = at(x, done * step)
        each(_plus_four, sums, width, (sums, run, at(run, step), at(run, 2 * step), at(run, 3 * step)))
    for done in range(runs // 4 * 4, runs + 1):
        each(plus, sums, width if done < runs else rest, (sums, at(x, done * step)))


@device
def _add_up_about(mean, sums, squares, x, step, runs, width, rest, ahead):
    """As `_add_up`, of the distances from `mean` and of their squares; what is `ahead` is fetched meanwhile."""
    _clear(sums, width)
    _clear(squares, width)
    both = sums, squares
    for done in range(0, runs - 3, 4):
        run = at(x, done * step)
        rows = sums, squares, mean, run, at(run, step), at(run, 2 * step), at(run, 3 * step)
        each_of(_four_away, both, width, rows)
        for i in range(4):
            _fetch(at(run, i * step), ahead, width)
    for done in range(runs // 4 * 4, runs + 1):
        each_of(_away, both, width if done < runs else rest, (sums, squares, mean, at(x, done * step)))


@device
def _clear(sums, width):
    for i in range(width):
        sums[i] = like(0, sums[0])


@device
def _fetch(x, first, count):
    for i in range(first, first + count, LINE // item_size(x)):
        prefetch(at(x, i), 0)


@device
def _fold(totals, sums, width, columns):
    """The sums of one column stand `columns` apart: add them in float64."""
    for i in range(columns):
        totals[i] = sums[i]
    for begin in range(columns, width, columns):
        part = at(sums, begin)
        for i in range(columns):
            totals[i] += part[i]


@device
def _piece(out, apart, x, step, runs, width, rest, columns, rows, scale, lanes, totals, ahead):
    """The mean of each column of a piece of `rows` rows to `out`, `scale` times its squares about it `apart` on.

    The mean found first is rounded on the way; the distances from it correct it, and the squares.
    """
    sums, squares, mean, more = lanes, at(lanes, LANES), at(lanes, LANES_2), at(totals, LANES)
    _add_up(sums, x, step, runs, width, rest)
    _fold(totals, sums, width, columns)
    for begin in range(0, width, columns):
        for i in range(columns):
            mean[begin + i] = like(totals[i] / rows, mean[0])
    _add_up_about(mean, sums, squares, x, step, runs, width, rest, ahead)
    _fold(totals, sums, width, columns)
    _fold(more, squares, width, columns)
    for i in range(columns):
        off = totals[i] / rows
        out[i] = like(mean[i] + off, out[0])
        out[apart + i] = like((more[i] - off * totals[i]) * scale, out[0])


@kernel
def moments(a, t, worker, workers):
    """Mean and squares about it of each piece, or mean and variance where there is but one.

    Arguments: x; out (pieces, 2, columns), where there are several pieces with the columns rounded up to TILE; rows;
    columns; the rows of a piece; the columns of a tile; how many of its rows are added side by side.
    """
    x, out, rows, columns, height, tile, fold = pointer(a[0], t), pointer(a[1], t), a[2], a[3], a[4], a[5], a[6]
    lanes, totals = stack(x, LANES_3), stack(double_pointer(0), LANES_2)
    tiles = (columns + tile - 1) // tile
    apart = columns if height == rows else (columns + TILE - 1) // TILE * TILE
    scale = 1.0 / rows if height == rows else 1.0
    first, last = share((rows + height - 1) // height * tiles, 1, worker, workers)
    for task in range(first, last):
        piece, begin = task // tiles, task % tiles * tile
        count, own = min(height, rows - piece * height), min(tile, columns - begin)
        target = at(out, piece * 2 * apart + begin)
        runs, rest = count // fold, count % fold * columns
        ahead = height * columns if tiles == 1 else tile
        start = at(x, piece * height * columns + begin)
        _piece(target, apart, start, fold * columns, runs, fold * own, rest, own, count, scale, lanes, totals, ahead)


@device
def _join(parts, apart, pieces, rows, height, mean, squares):
    """Mean and squares about it of TILE columns from those of the pieces, which stand `apart`."""
    for i in range(TILE):
        mean[i] = 0.0
        squares[i] = 0.0
    for piece in range(pieces):
        weight, part = like(min(height, rows - piece * height), mean[0]), at(parts, piece * 2 * apart)
        for i in range(TILE):
            mean[i] += weight * part[i]
    for i in range(TILE):
        mean[i] /= rows
    for piece in range(pieces):
        weight, part = like(min(height, rows - piece * height), mean[0]), at(parts, piece * 2 * apart)
        for i in range(TILE):
            away = part[i] - mean[i]
            squares[i] += part[apart + i] + weight * (away * away)


@kernel
def join_moments(a, t, worker, workers):
    """Mean and variance of each column from the pieces'.

    Arguments: parts (pieces, 2, columns rounded up to TILE); out (2, columns); rows; columns; the rows of a piece.
    """
    parts, out, rows, columns, height = pointer(a[0], t), pointer(a[1], t), a[2], a[3], a[4]
    mean, squares = stack(double_pointer(0), TILE), stack(double_pointer(0), TILE)
    apart, pieces = (columns + TILE - 1) // TILE * TILE, (rows + height - 1) // height
    first, last = share(columns, TILE, worker, workers)
    for begin in range(first, last, TILE):
        _join(at(parts, begin), apart, pieces, rows, height, mean, squares)
        for i in range(min(TILE, last - begin)):
            out[begin + i] = like(mean[i], out[0])
            out[columns + begin + i] = like(squares[i] / rows, out[0])


@dataclass(frozen=True)
class _Cut:
    """`height` rows of `tile` columns make a piece, of which `fold` rows lie side by side."""

    height: int
    tile: int
    fold: int


def _cut(rows: int, columns: int) -> _Cut:
    tiles = -(-columns // LANES)
    tile = columns if tiles == 1 else min(-(-columns // tiles // TILE) * TILE, LANES)
    fold = max(1, min(LANES // columns, rows))
    height = max(1, PIECE // (tile * fold)) * fold
    return _Cut(rows if rows * tile <= WHOLE else height, tile, fold)


def pieces(rows: int, columns: int) -> int:
    """Into how many pieces the rows are cut."""
    return -(-rows // _cut(rows, columns).height)


def scratch(rows: int, columns: int) -> int:
    """How many elements of scratch memory `instructions` needs."""
    number = pieces(rows, columns)
    return 0 if number == 1 else number * 2 * -(-columns // TILE) * TILE


def instructions(x: int, out: int, rows: int, columns: int, scratch: int) -> Instructions:
    """The calls that write the columns' means and (biased) variances, of x (rows, columns), to out (2, columns).

    Addresses; `scratch` is that of as many elements as `scratch()` says. Raises ValueError where there are no rows.
    """
    if rows < 1:
        raise ValueError(f"no mean of {rows} rows; at least one row must stand")
    cut = _cut(rows, columns)
    whole = cut.height == rows
    made = [(moments, [x, out if whole else scratch, rows, columns, cut.height, cut.tile, cut.fold], True)]
    return made if whole else [*made, (join_moments, [scratch, out, rows, columns, cut.height], True)]
