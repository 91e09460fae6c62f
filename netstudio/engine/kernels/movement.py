"""Moving elements without changing them: strided copies, rows gathered by number and added back, filling.

Strides are in elements and may be 0. One copy serves transposing, slicing, broadcasting, concatenating (into a part of
the output) and padding (after a fill).
"""

from collections.abc import Sequence

import llvmlite.ir as ir
from numba.core import cgutils
from numba.extending import intrinsic

from netstudio.engine.kernels.abi import I64, INTS, at, device
from netstudio.engine.kernels.vmath import each, same

MAX_DIMS = 16
TILE = 16


@intrinsic
def counters(typingctx):
    """MAX_DIMS int64 on the stack."""

    def codegen(context, builder, sig, args):
        memory = cgutils.alloca_once(builder, ir.ArrayType(I64, MAX_DIMS))
        return builder.bitcast(memory, I64.as_pointer())

    return INTS(), codegen


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
    counter = counters()
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
