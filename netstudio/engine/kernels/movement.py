"""Moving elements without changing them: strided copies, rows gathered by number and added back, filling.

Strides are in elements and may be 0. One copy serves transposing, slicing, broadcasting, concatenating (into a part of
the output) and padding (after a fill).
"""

import math
from collections.abc import Sequence

from netstudio.engine.kernels.abi import at, cast, device, int_pointer, kernel, pointer, share
from netstudio.engine.kernels.vmath import bits_of_double, each, float_of_bits, like, plus, same, stack

MAX_DIMS = 16
TILE = 16
GRAIN = 1024  # elements


def contiguous_strides(shape: Sequence[int]) -> tuple[int, ...]:
    """The strides, in elements, of a contiguous array of `shape`."""
    strides = [1]
    for size in reversed(shape[1:]):
        strides.append(strides[-1] * size)
    return tuple(reversed(strides))[-len(shape) :] if shape else ()


def collapse(shape: Sequence[int], strides: Sequence[Sequence[int]]) -> tuple[tuple[int, ...], list[tuple[int, ...]]]:
    """The same walk over fewer axes: axes of size 1 dropped, those merged that run on into each other in all `strides`.

    Raises ValueError where more than MAX_DIMS axes are left.
    """
    sizes: list[int] = []
    steps: list[list[int]] = [[] for _ in strides]
    for axis, size in enumerate(shape):
        if size == 1:
            continue
        if sizes and all(mine[-1] == given[axis] * size for mine, given in zip(steps, strides)):
            sizes[-1] *= size
            for mine, given in zip(steps, strides):
                mine[-1] = given[axis]
            continue
        sizes.append(size)
        for mine, given in zip(steps, strides):
            mine.append(given[axis])
    if len(sizes) > MAX_DIMS:
        raise ValueError(
            f"shape {tuple(shape)} has {len(sizes)} axes that can't be merged; at most {MAX_DIMS} can stand"
        )
    return tuple(sizes), [tuple(mine) for mine in steps]


@device
def locate(dims, ndim, index, counter):
    """Set `counter` to the coordinates of the element numbered `index`; its offset. `dims`: (size, stride) pairs."""
    offset = 0
    for axis in range(ndim - 1, -1, -1):
        size = dims[2 * axis]
        outer = index // size
        counter[axis] = index - outer * size
        offset += counter[axis] * dims[2 * axis + 1]
        index = outer
    return offset


@device
def step(dims, ndim, counter):
    """Move `counter` to the next element in row-major order; by how much its offset changes."""
    change = 0
    for axis in range(ndim - 1, -1, -1):
        counter[axis] += 1
        change += dims[2 * axis + 1]
        if counter[axis] < dims[2 * axis]:
            break
        change -= dims[2 * axis] * dims[2 * axis + 1]
        counter[axis] = 0
    return change


@device
def _spread(out, source, stride, count):
    """Copy `count` elements `stride` apart to `out`, which has room for TILE more."""
    if stride == 1:
        each(same, out, count, (source,))
    elif stride == 0:
        value = source[0]
        for done in range(0, count, TILE):
            for i in range(TILE):
                out[done + i] = value
    else:
        for i in range(count):
            out[i] = source[i * stride]


@device
def expand(out, source, dims, ndim, start, count):
    """Write to `out` the elements numbered `start` to `start + count` of the strided `source`, and up to TILE more."""
    counter = stack(dims, MAX_DIMS)
    offset = locate(dims, ndim, start, counter)
    if ndim == 0:
        out[0] = source[0]
        return
    inner = ndim - 1
    size, stride = dims[2 * inner], dims[2 * inner + 1]
    done = 0
    begin = counter[inner]
    offset -= begin * stride
    while done < count:
        run = min(size - begin, count - done)
        _spread(at(out, done), at(source, offset + begin * stride), stride, run)
        done += run
        begin = 0
        offset += step(dims, inner, counter)


@device
def put(value, out, count):
    """Write `value` to `count` elements."""
    for i in range(count):
        out[i] = value


@device
def _copy_run(out, out_stride, source, stride, count):
    if out_stride == 1 and stride == 1:
        each(same, out, count, (source,))
    elif out_stride == 1 and stride == 0:
        put(source[0], out, count)
    else:
        for i in range(count):
            out[i * out_stride] = source[i * stride]


@device
def _copy_runs(out, out_dims, source, dims, ndim, first, last):
    """Copy the elements numbered `first` to `last`, a run along the inmost axis at a time."""
    inner = ndim - 1
    counter, out_counter = stack(dims, MAX_DIMS), stack(dims, MAX_DIMS)
    size, stride, out_stride = dims[2 * inner], dims[2 * inner + 1], out_dims[2 * inner + 1]
    offset = locate(dims, ndim, first, counter)
    out_offset = locate(out_dims, ndim, first, out_counter)
    begin = counter[inner]
    offset -= begin * stride
    out_offset -= begin * out_stride
    done = first
    while done < last:
        run = min(size - begin, last - done)
        target = at(out, out_offset + begin * out_stride)
        _copy_run(target, out_stride, at(source, offset + begin * stride), stride, run)
        done += run
        begin = 0
        offset += step(dims, inner, counter)
        out_offset += step(out_dims, inner, out_counter)


@device
def _copy_tile(out, out_row, out_column, source, row, column, rows, columns):
    for i in range(rows):
        for j in range(columns):
            out[i * out_row + j * out_column] = source[i * row + j * column]


@device
def _copy_tiles(out, out_dims, source, dims, ndim, first, last):
    """Copy bands of TILE along the last axis but one, in square tiles: the cache sees each line once."""
    outer = ndim - 2
    counter = stack(dims, MAX_DIMS)
    rows, row, out_row = dims[2 * outer], dims[2 * outer + 1], out_dims[2 * outer + 1]
    columns, column, out_column = dims[2 * outer + 2], dims[2 * outer + 3], out_dims[2 * outer + 3]
    bands = (rows + TILE - 1) // TILE
    for task in range(first, last):
        i = task % bands * TILE
        offset = locate(dims, outer, task // bands, counter) + i * row
        out_offset = locate(out_dims, outer, task // bands, counter) + i * out_row
        for j in range(0, columns, TILE):
            _copy_tile(
                at(out, out_offset + j * out_column),
                out_row,
                out_column,
                at(source, offset + j * column),
                row,
                column,
                min(TILE, rows - i),
                min(TILE, columns - j),
            )


@kernel
def strided_copy(a, t, worker, workers):
    """Copy a box between two strided tensors; arguments by `copy`."""
    source, out, ndim, tiled = pointer(a[0], t), pointer(a[1], t), a[2], a[3]
    dims, out_dims = at(a, 6), at(a, 6 + 2 * ndim)
    first, last = share(a[4], a[5], worker, workers)
    if first >= last:
        return
    if ndim == 0:
        out[0] = source[0]
    elif tiled:
        _copy_tiles(out, out_dims, source, dims, ndim, first, last)
    else:
        _copy_runs(out, out_dims, source, dims, ndim, first, last)


def copy(shape: Sequence[int], source: int, strides: Sequence[int], out: int, out_strides: Sequence[int]) -> list[int]:
    """The arguments of `strided_copy`: out[...] = source[...] over a box of `shape`.

    `source` and `out` are the addresses of the box's first element; strides are in elements, those of `source` may
    be 0. No two elements of `out` may be one, and `out` may not overlap `source`.
    """
    sizes, (steps, out_steps) = collapse(shape, [strides, out_strides])
    axes = sorted(range(len(sizes)), key=lambda axis: -abs(out_steps[axis]))
    # The axis along which the source runs comes last but one: those two are walked in tiles.
    runs = [axis for axis in axes[:-1] if abs(steps[axis]) == 1]
    tiled = len(runs) == 1 and sizes[runs[0]] > 1
    if tiled:
        axes = [axis for axis in axes if axis not in runs]
        axes.insert(-1, runs[0])
    total, grain = math.prod(sizes), GRAIN
    if tiled:
        total, grain = math.prod(sizes[axis] for axis in axes[:-2]) * -(-sizes[axes[-2]] // TILE), 1
    dims = [value for axis in axes for value in (sizes[axis], steps[axis])]
    out_dims = [value for axis in axes for value in (sizes[axis], out_steps[axis])]
    if math.prod(sizes) == 0:
        total = 0
    return [source, out, len(sizes), int(tiled), total, grain, *dims, *out_dims]


@kernel
def fill(a, t, worker, workers):
    """Write one value everywhere; arguments by `filling`."""
    first, last = share(a[1], GRAIN, worker, workers)
    if first < last:
        put(cast(float_of_bits(a[2]), t), at(pointer(a[0], t), first), last - first)


def filling(out: int, count: int, value: float) -> list[int]:
    """The arguments of `fill`: `count` elements from address `out` on become `value`."""
    return [out, count, bits_of_double(value)]


@device
def _row_number(a, t, i, rows):
    """The i-th index, from int64 or from elements; -1 where it names none of `rows` rows."""
    if a[1]:
        number = int_pointer(a[0])[i]
        return number if 0 <= number < rows else -1
    value = pointer(a[0], t)[i]
    if value >= 0 and value < rows:
        return int(value)
    return -1


@kernel
def gather_rows(a, t, worker, workers):
    """out[i] = table[index[i]], arguments by `gathering`."""
    count, rows, columns = a[2], a[3], a[4]
    table, out = pointer(a[5], t), pointer(a[6], t)
    first, last = share(count, 1, worker, workers)
    for i in range(first, last):
        number = _row_number(a, t, i, rows)
        if number >= 0:
            each(same, at(out, i * columns), columns, (at(table, number * columns),))
        else:
            put(like(math.nan, out[0]), at(out, i * columns), columns)


def gathering(
    index: int, count: int, table: int, rows: int, columns: int, out: int, *, integers: bool = False
) -> list[int]:
    """The arguments of `gather_rows`: out (count, columns) = table (rows, columns)[index (count)].

    The index stands in int64 (`integers`) or in the element type. A row that is not there is all NaN.
    """
    return [index, int(integers), count, rows, columns, table, out]


@kernel
def scatter_add_rows(a, t, worker, workers):
    """out[index[i]] += source[i], arguments by `scattering`. Each worker owns a range of the rows of `out`."""
    count, rows, columns = a[2], a[3], a[4]
    source, out = pointer(a[5], t), pointer(a[6], t)
    first, last = share(rows, 1, worker, workers)
    if not a[7]:
        put(like(0, out[0]), at(out, first * columns), (last - first) * columns)
    for i in range(count):
        number = _row_number(a, t, i, rows)
        if first <= number < last:
            target = at(out, number * columns)
            each(plus, target, columns, (target, at(source, i * columns)))


def scattering(
    index: int,
    count: int,
    source: int,
    rows: int,
    columns: int,
    out: int,
    *,
    integers: bool = False,
    accumulate: bool = False,
) -> list[int]:
    """The arguments of `scatter_add_rows`: out (rows, columns)[index (count)] += source (count, columns).

    Without `accumulate`, `out` begins as zeros. Rows that are not there are left out. Terms are added in the order of
    the index.
    """
    return [index, int(integers), count, rows, columns, source, out, int(accumulate)]
