"""Sums, means, maxima and minima over any set of axes, and the place of the maximum along the last.

A reduction has one of two forms. Where the inmost axis is reduced, each output is a walk along memory ("rows"); where
it is kept, whole rows are added up side by side ("columns"). A long walk to few outputs is cut into chunks, whose
number depends on the sizes alone; their partial results stand in scratch memory and a second instruction reduces
them. Sums add blocks of a few hundred terms in the element type and the blocks in float64, so their error does not
grow with the length.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from netstudio.engine.kernels.abi import Kernel, at, cast, device, double_pointer, kernel, pointer, share
from netstudio.engine.kernels.movement import MAX_DIMS, collapse, contiguous_strides, fill, filling, locate, step
from netstudio.engine.kernels.vmath import (
    bits_of_double,
    each,
    float_of_bits,
    inlined,
    like,
    maximum,
    minimum,
    plus,
    stack,
)

SUM, MAX, MIN = range(3)
CODES = {"sum": SUM, "mean": SUM, "max": MAX, "min": MIN}
BLOCK = 256  # terms added in the element type
COLUMNS = 512  # columns added up side by side
ROWS = 32  # rows added in the element type
SHORT = 32  # terms of a row that are added one by one
CHUNK = 16384  # elements of a chunk, at least
PARTS = 64  # chunks, at most

Instructions = list[tuple[Kernel, list[int], bool]]


@device
def _start(op, x):
    """What changes nothing: 0, -inf or inf."""
    if op == SUM:
        return like(0, x)
    return like(-math.inf, x) if op == MAX else like(math.inf, x)


@device
def _sum_run(x, stride, count):
    total = 0.0
    for begin in range(0, count, BLOCK):
        part = like(0, x[0])
        if stride == 1:
            for i in range(begin, min(begin + BLOCK, count)):
                part += x[i]
        else:
            for i in range(begin, min(begin + BLOCK, count)):
                part += x[i * stride]
        total += part
    return total


@device
def _max_run(x, stride, count, result):
    if stride == 1:
        for i in range(count):
            result = maximum(result, x[i])
    else:
        for i in range(count):
            result = maximum(result, x[i * stride])
    return result


@device
def _min_run(x, stride, count, result):
    if stride == 1:
        for i in range(count):
            result = minimum(result, x[i])
    else:
        for i in range(count):
            result = minimum(result, x[i * stride])
    return result


@device
def _walk(op, x, dims, ndim, first, last, scale, counter):
    """The reduction of the elements numbered `first` to `last` of the box that `dims` describes."""
    inner = ndim - 1
    size, stride = dims[2 * inner], dims[2 * inner + 1]
    offset = locate(dims, ndim, first, counter)
    begin = counter[inner]
    offset -= begin * stride
    total = 0.0
    best = _start(op, x[0])
    done = first
    while done < last:
        run = min(size - begin, last - done)
        part = at(x, offset + begin * stride)
        if op == SUM:
            total += _sum_run(part, stride, run)
        elif op == MAX:
            best = _max_run(part, stride, run, best)
        else:
            best = _min_run(part, stride, run, best)
        done += run
        begin = 0
        offset += step(dims, inner, counter)
    return like(total * scale, x[0]) if op == SUM else best


@device
def _short_walk(op, x, stride, count, scale):
    """The reduction of a few elements `stride` apart, with no more ado."""
    best = x[0]
    if op == SUM:
        for i in range(1, count):
            best += x[i * stride]
        return like(best * scale, best)
    for i in range(1, count):
        other = x[i * stride]
        best = maximum(best, other) if op == MAX else minimum(best, other)
    return best


@device
def _short_rows(op, x, out, stride, step_, rows, count, scale):
    """Rows of a few elements, `step_` apart."""
    for row in range(rows):
        out[row] = _short_walk(op, at(x, row * step_), stride, count, scale)


@kernel
def reduce_rows(a, t, worker, workers):
    """Each output is a walk over the reduced axes, of which the inmost of all is one."""
    x, out, op, scale = pointer(a[0], t), pointer(a[1], t), a[2], float_of_bits(a[3])
    outputs, chunks, chunk, terms, kept, reduced = a[4], a[5], a[6], a[7], a[8], a[9]
    kept_dims, dims = at(a, 10), at(a, 10 + 2 * kept)
    counter, inner = stack(a, MAX_DIMS), stack(a, MAX_DIMS)
    first, last = share(outputs * chunks, 1, worker, workers)
    if first >= last:
        return
    if kept == 1 and reduced == 1 and chunks == 1 and terms < SHORT:
        step_ = kept_dims[1]
        _short_rows(op, at(x, first * step_), at(out, first), dims[1], step_, last - first, terms, scale)
        return
    place = first // chunks
    part = first - place * chunks
    offset = locate(kept_dims, kept, place, counter)
    for task in range(first, last):
        begin = part * chunk
        out[task] = _walk(op, at(x, offset), dims, reduced, begin, min(begin + chunk, terms), scale, inner)
        part += 1
        if part == chunks:
            part = 0
            offset += step(kept_dims, kept, counter)


@inlined
def _add_four(s, x, y, z, w):
    return s + ((x + y) + (z + w))


@device
def _combine(op, sums, row, stride, count):
    """Take one row of `count` columns, `stride` apart, into `sums`."""
    if stride != 1:
        for i in range(count):
            x = row[i * stride]
            s = sums[i]
            sums[i] = s + x if op == SUM else (maximum(s, x) if op == MAX else minimum(s, x))
    elif op == SUM:
        each(plus, sums, count, (sums, row))
    elif op == MAX:
        each(maximum, sums, count, (sums, row))
    else:
        each(minimum, sums, count, (sums, row))


@device
def _combine_rows(op, sums, rows, step_, stride, height, count):
    """Take `height` rows, `step_` apart, into `sums`."""
    done = 0
    if op == SUM and stride == 1:
        while done + 4 <= height:
            row = at(rows, done * step_)
            others = at(row, step_), at(row, 2 * step_), at(row, 3 * step_)
            each(_add_four, sums, count, (sums, row, others[0], others[1], others[2]))
            done += 4
    while done < height:
        _combine(op, sums, at(rows, done * step_), stride, count)
        done += 1


@device
def _clear(op, sums, count):
    value = _start(op, sums[0])
    for i in range(count):
        sums[i] = value


@device
def _flush(op, totals, sums, count):
    """Add the sums to the totals and begin anew."""
    if op == SUM:
        for i in range(count):
            totals[i] += sums[i]
            sums[i] = like(0, sums[i])


@device
def _columns(op, x, dims, ndim, first, last, stride, count, sums, totals, counter):
    """Reduce the rows numbered `first` to `last`, `count` columns wide, into `totals` (a sum) or `sums`."""
    inner = ndim - 1
    size, step_ = dims[2 * inner], dims[2 * inner + 1]
    offset = locate(dims, ndim, first, counter)
    begin = counter[inner]
    offset -= begin * step_
    done, fresh = first, 0
    while done < last:
        run = min(min(size - begin, last - done), ROWS - fresh)
        _combine_rows(op, sums, at(x, offset + begin * step_), step_, stride, run, count)
        done += run
        fresh += run
        begin += run
        if fresh == ROWS:
            _flush(op, totals, sums, count)
            fresh = 0
        if begin == size:
            begin = 0
            offset += step(dims, inner, counter)
    _flush(op, totals, sums, count)


@device
def _fold(op, out, sums, totals, width, fold, scale):
    """Write out the `fold` groups of `width` columns, reduced to one."""
    for i in range(width):
        if op == SUM:
            total = totals[i]
            for k in range(1, fold):
                total += totals[k * width + i]
            out[i] = like(total * scale, out[i])
        else:
            best = sums[i]
            for k in range(1, fold):
                other = sums[k * width + i]
                best = maximum(best, other) if op == MAX else minimum(best, other)
            out[i] = best


@kernel
def reduce_columns(a, t, worker, workers):
    """Rows of the inmost axis, which is kept, are combined side by side; `fold` rows at once where they are short."""
    x, out, op, scale = pointer(a[0], t), pointer(a[1], t), a[2], float_of_bits(a[3])
    width, stride, fold, rows, chunks, chunk = a[4], a[5], a[6], a[7], a[8], a[9]
    slots, slot, outer, kept, reduced = a[10], a[11], a[12], a[13], a[14]
    kept_dims, dims = at(a, 16), at(a, 16 + 2 * kept)
    counter, sums = stack(a, MAX_DIMS), stack(x, COLUMNS)
    totals = stack(double_pointer(0), COLUMNS)
    tiles = (width + COLUMNS - 1) // COLUMNS
    first, last = share(outer * chunks * tiles, 1, worker, workers)
    for task in range(first, last):
        begin = task % tiles * COLUMNS
        part = task // tiles % chunks
        place = task // tiles // chunks
        count = min(COLUMNS, width - begin)
        offset = locate(kept_dims, kept, place, counter) + a[15] + begin * stride
        _clear(op, sums, count * fold)
        for i in range(count * fold):
            totals[i] = 0.0
        last_row = min((part + 1) * chunk, rows)
        _columns(op, at(x, offset), dims, reduced, part * chunk, last_row, stride, count * fold, sums, totals, counter)
        target = at(out, (place * slots + slot + part) * width + begin)
        _fold(op, target, sums, totals, count, fold, scale)


@dataclass(frozen=True)
class _Box:
    """Axes as (size, stride) pairs, outermost first: those kept, those reduced; whether the inmost of all is kept."""

    kept: tuple[tuple[int, int], ...]
    reduced: tuple[tuple[int, int], ...]
    columns: bool

    @property
    def terms(self) -> int:
        return math.prod(size for size, _ in self.reduced)

    @property
    def outputs(self) -> int:
        return math.prod(size for size, _ in self.kept)


def _box(shape: Sequence[int], axes: Sequence[int], strides: Sequence[int]) -> _Box:
    """The axes, merged where they run on into each other and share their fate."""
    gone = {axis % len(shape) for axis in axes}
    # A mark that differs between kept and reduced axes and within neither keeps the two from being merged.
    marks = [contiguous_strides(shape)[axis] if axis in gone else 0 for axis in range(len(shape))]
    sizes, (steps, merged) = collapse(shape, [strides, marks])
    pairs = list(zip(sizes, steps, merged))
    kept = tuple((size, stride) for size, stride, mark in pairs if not mark)
    reduced = tuple((size, stride) for size, stride, mark in pairs if mark)
    return _Box(kept, reduced or ((1, 1),), bool(pairs) and not pairs[-1][2])


def _flat(pairs: Sequence[tuple[int, int]]) -> list[int]:
    return [value for pair in pairs for value in pair]


def _chunks(units: int, unit: int, others: int) -> tuple[int, int]:
    """Into how many chunks `units` of `unit` elements are cut when `others` tasks are there anyway; units a chunk."""
    most = min(PARTS // max(others, 1), units * unit // CHUNK)
    size = -(-units // max(most, 1))
    return -(-units // size), size


def _rows_arguments(box: _Box, x: int, out: int, op: int, scale: float, chunks: int, chunk: int) -> list[int]:
    header = [x, out, op, bits_of_double(scale), box.outputs, chunks, chunk, box.terms, len(box.kept), len(box.reduced)]
    return [*header, *_flat(box.kept), *_flat(box.reduced)]


@dataclass(frozen=True)
class _Columns:
    """How rows of `width` columns are cut: `fold` of them side by side, `chunks` of `chunk` such, `rest` left over."""

    width: int
    stride: int
    outer: int
    fold: int
    rows: int
    rest: int
    chunks: int
    chunk: int

    @property
    def slots(self) -> int:
        return self.chunks + (self.rest > 0)


def _cut(box: _Box, whole: bool) -> _Columns:
    """How to cut the columns of `box`; not at all if `whole`."""
    width, stride = box.kept[-1]
    outer = math.prod(size for size, _ in box.kept[:-1])
    if whole:
        return _Columns(width, stride, outer, 1, box.terms, 0, 1, box.terms)
    runs_on = len(box.reduced) == 1 and stride == 1 and box.reduced[0][1] == width
    fold = max(1, min(COLUMNS // 2 // width, box.terms)) if runs_on else 1
    rows = box.terms // fold
    chunks, chunk = _chunks(rows, width * fold, outer * -(-width // COLUMNS))
    return _Columns(width, stride, outer, fold, rows, box.terms % fold, chunks, chunk)


def _columns_instructions(box: _Box, cut: _Columns, x: int, out: int, op: int, scale: float) -> Instructions:
    def instruction(fold: int, rows: int, chunks: int, chunk: int, slot: int, offset: int) -> Instructions:
        reduced = box.reduced if fold == 1 else ((rows, cut.width * fold),)
        header = [x, out, op, bits_of_double(scale), cut.width, cut.stride, fold, rows, chunks, chunk]
        header += [cut.slots, slot, cut.outer, len(box.kept) - 1, len(reduced), offset]
        return [(reduce_columns, [*header, *_flat(box.kept[:-1]), *_flat(reduced)], True)]

    made = instruction(cut.fold, cut.rows, cut.chunks, cut.chunk, 0, 0)
    if cut.rest:
        made += instruction(1, cut.rest, 1, cut.rest, cut.chunks, cut.rows * cut.fold * cut.width)
    return made


def _plan(
    op: int, x: int, out: int, box: _Box, scratch: int, scale: float, whole: bool = False
) -> tuple[Instructions, int]:
    """The instructions, and how many elements of scratch memory they use."""
    if box.columns:
        cut = _cut(box, whole)
        slots, width, outer = cut.slots, cut.width, cut.outer
    else:
        chunks, chunk = (1, box.terms) if whole else _chunks(box.terms, 1, box.outputs)
        slots, width, outer = chunks, 1, box.outputs
    target, own_scale = (out, scale) if slots == 1 else (scratch, 1.0)
    if box.columns:
        made = _columns_instructions(box, cut, x, target, op, own_scale)
    else:
        made = [(reduce_rows, _rows_arguments(box, x, target, op, own_scale, chunks, chunk), True)]
    if slots == 1:
        return made, 0
    parts = _box((outer, slots, width), (1,), contiguous_strides((outer, slots, width)))
    return made + _plan(op, scratch, out, parts, 0, scale, whole=True)[0], outer * slots * width


def _checked(op: str, shape: Sequence[int], axes: Sequence[int]) -> None:
    if op not in CODES:
        raise ValueError(f"there is no reduction {op!r}; there are {', '.join(CODES)}")
    if any(not -len(shape) <= axis < len(shape) for axis in axes):
        raise ValueError(
            f"can't reduce axes {tuple(axes)} of a tensor of shape {tuple(shape)}: it has {len(shape)} axes"
        )


def instructions(
    op: str,
    x: int,
    out: int,
    shape: Sequence[int],
    axes: Sequence[int],
    strides: Sequence[int] | None = None,
    scratch: int = 0,
) -> Instructions:
    """The calls, one after another, that reduce `axes` of the tensor at `x` into the contiguous one at `out`.

    Args:
        op: "sum", "mean", "max" or "min"; the last two give NaN where there is one. Over no elements they are
            0, NaN, -inf and inf.
        shape: of the input; strides: in elements, those of a contiguous tensor if not given.
        scratch: the address of as many elements as `scratch()` says.

    Raises ValueError where there is no such reduction or axis.
    """
    _checked(op, shape, axes)
    count = math.prod(shape[axis] for axis in {axis % len(shape) for axis in axes})
    if math.prod(shape) == 0:
        empty = {"sum": 0.0, "mean": math.nan, "max": -math.inf, "min": math.inf}[op]
        outputs = math.prod(size for axis, size in enumerate(shape) if axis not in {a % len(shape) for a in axes})
        return [(fill, filling(out, outputs, empty), True)]
    scale = 1.0 / count if op == "mean" else 1.0
    box = _box(shape, axes, contiguous_strides(shape) if strides is None else strides)
    return _plan(CODES[op], x, out, box, scratch, scale)[0]


def scratch(
    op: str, shape: Sequence[int], axes: Sequence[int], workers: int = 1, strides: Sequence[int] | None = None
) -> int:
    """How many elements of scratch memory `instructions` needs; the same for any number of workers.

    Raises ValueError where there is no such reduction or axis.
    """
    _checked(op, shape, axes)
    if math.prod(shape) == 0:
        return 0
    return _plan(0, 0, 0, _box(shape, axes, contiguous_strides(shape) if strides is None else strides), 0, 1.0)[1]


@device
def _place_of_max(x, count):
    """The place of the first NaN, else of the first maximum."""
    best = _max_run(x, 1, count, x[0])
    for i in range(count):
        if x[i] == best or x[i] != x[i]:
            return i
    return 0


@kernel
def argmax(a, t, worker, workers):
    """The place of the first maximum of each row; arguments by `argmax_instructions`."""
    x, out, rows, columns = pointer(a[0], t), pointer(a[1], t), a[2], a[3]
    first, last = share(rows, 16, worker, workers)
    for row in range(first, last):
        out[row] = cast(_place_of_max(at(x, row * columns), columns), t)


def argmax_instructions(x: int, out: int, rows: int, columns: int) -> Instructions:
    """The calls that write the place of the first maximum of each row of x (rows, columns) to out (rows).

    NaN counts as the maximum. Raises ValueError where there are no columns.
    """
    if columns < 1:
        raise ValueError("argmax of rows without elements; at least one column must stand")
    return [(argmax, [x, out, rows, columns], True)]
