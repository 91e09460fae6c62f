"""Matrices rearranged for the register tile: transposes, and panels of columns packed densely."""

import llvmlite.ir as ir
from numba import types
from numba.extending import intrinsic

from netstudio.engine.kernels.abi import I64, at, cast, device, kernel, pointer, share
from netstudio.engine.kernels.vectors import Vectors, lanes

# Rows of a packed panel: two vectors wide, it takes 32 KB with 64-byte registers, part of the first-level cache.
CUT = 256


@intrinsic
def transpose_block(typingctx, source, source_step, target, target_step):
    """A square block, one vector a side: target[n, m] = source[m, n], with the given strides of their rows.

    Interleaving row i with row i + half, for all i, rotates the bits of (row, lane) by one: log2(lanes) times swap
    row and lane.
    """
    signature = types.void(source, types.int64, source, types.int64)

    def codegen(context, builder, sig, args):
        v = Vectors(builder, sig.args[0].dtype)
        source, source_step, target, target_step = args
        row = lambda p, step, m: builder.gep(p, [builder.mul(step, ir.Constant(I64, m))])  # noqa: E731
        vectors = [v.load(row(source, source_step, m)) for m in range(v.lanes)]
        half = v.lanes // 2
        for _ in range(half.bit_length()):
            vectors = [part for m in range(half) for part in v.interleave(vectors[m], vectors[m + half])]
        for n, vector in enumerate(vectors):
            v.store(vector, row(target, target_step, n))
        return context.get_dummy_value()

    return signature, codegen


@device
def transpose(source, source_step, target, target_step, rows, columns):
    """target[n, m] = source[m, n] for m < rows and n < columns."""
    lane = lanes(source)
    whole_rows, whole_columns = rows // lane * lane, columns // lane * lane
    for n in range(0, whole_columns, lane):
        for m in range(0, whole_rows, lane):
            transpose_block(at(source, m * source_step + n), source_step, at(target, n * target_step + m), target_step)
    for m in range(rows):
        for n in range(whole_columns if m < whole_rows else 0, columns):
            target[n * target_step + m] = source[m * source_step + n]


@intrinsic
def copy_two(typingctx, source, target):
    """Copy two vectors' worth of elements."""

    def codegen(context, builder, sig, args):
        v = Vectors(builder, sig.args[0].dtype)
        starts = [ir.Constant(I64, n * v.lanes) for n in range(2)]
        for value, n in [(v.load(builder.gep(args[0], [n])), n) for n in starts]:
            v.store(value, builder.gep(args[1], [n]))
        return context.get_dummy_value()

    return types.void(source, source), codegen


@device
def pack_panel(w, wk, wn, rows, columns, packed):
    """`columns` columns of W as packed[k, n], two vectors to a row; what lies past `columns` is left as it is."""
    step = 2 * lanes(w)
    if wk == 1:
        transpose(w, wn, packed, step, columns, rows)
        return
    if wn == 1 and columns == step:
        for k in range(rows):
            copy_two(at(w, k * wk), at(packed, k * step))
        return
    for k in range(rows):
        source, target = at(w, k * wk), at(packed, k * step)
        if wn == 1:
            for n in range(columns):
                target[n] = source[n]
        else:
            for n in range(columns):
                target[n] = source[n * wn]


@kernel
def add_parts(a, t, worker, workers):
    """Y[m, n] (+)= act(bias[n] + sum over p of parts[p, m, n]).

    a: parts, Y, bias or 0, count of parts, m, n, stride of Y's rows, activation, whether to add to Y.
    """
    n, floor = a[5], cast(0, t)
    first, last = share(a[4], 1, worker, workers)
    for m in range(first, last):
        y, bias = at(pointer(a[1], t), m * a[6]), pointer(a[2], t)
        for i in range(n):
            y[i] = (y[i] if a[8] else floor) + (bias[i] if a[2] else floor)
        for p in range(a[3]):
            part = at(pointer(a[0], t), (p * a[4] + m) * n)
            for i in range(n):
                y[i] += part[i]
        if a[7] == 1:
            for i in range(n):
                y[i] = floor if y[i] < floor else y[i]
