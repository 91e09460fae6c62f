"""Matrices rearranged for the register tile: transposes, and panels of columns packed densely."""

from typing import Any

import llvmlite.ir as ir
from numba import types
from numba.extending import intrinsic

from netstudio.engine.kernels.abi import I64, at, cast, device, kernel, pointer, share
from netstudio.engine.kernels.vectors import Vectors, lanes

# Rows of a packed panel: two vectors wide, it takes 32 KB with 64-byte registers, part of the first-level cache.
CUT = 256


def _transposed(cut: bool) -> Any:
    """An intrinsic that transposes a square block, one vector a side, or where `cut` the part of it that exists."""

    @intrinsic
    def block(typingctx, source, source_step, target, target_step, rows, columns):
        signature = types.void(source, types.int64, source, types.int64, types.int64, types.int64)

        def codegen(context, builder, sig, args):
            _transpose(builder, Vectors(builder, sig.args[0].dtype), cut, *args)
            return context.get_dummy_value()

        return signature, codegen

    return block


def _transpose(builder, v, cut, source, source_step, target, target_step, rows, columns):
    """target[n, m] = source[m, n] for m < rows and n < columns, one vector each at most.

    Interleaving row i with row i + half, for all i, rotates the bits of (row, lane) by one: log2(lanes) times swap
    row and lane.
    """

    def place(p, step, count, i):
        """Row i; where there is none the last, which is as good."""
        number = ir.Constant(I64, i)
        if cut:
            last = builder.sub(count, ir.Constant(I64, 1))
            number = builder.select(builder.icmp_signed("<", number, last), number, last)
        return builder.gep(p, [builder.mul(step, number)])

    mask = v.mask(columns) if cut else None
    vectors = [v.load(place(source, source_step, rows, m), mask) for m in range(v.lanes)]
    half = v.lanes // 2
    for _ in range(half.bit_length()):
        vectors = [part for m in range(half) for part in v.interleave(vectors[m], vectors[m + half])]
    mask = v.mask(rows) if cut else None
    for n in reversed(range(v.lanes)):  # the last that exists is written last
        v.store(vectors[n], place(target, target_step, columns, n), mask)


_whole_block, _part_block = _transposed(cut=False), _transposed(cut=True)


@device
def transpose(source, source_step, target, target_step, rows, columns):
    """target[n, m] = source[m, n] for m < rows and n < columns."""
    lane = lanes(source)
    for n in range(0, columns, lane):
        for m in range(0, rows, lane):
            part, turned = at(source, m * source_step + n), at(target, n * target_step + m)
            if rows - m >= lane and columns - n >= lane:
                _whole_block(part, source_step, turned, target_step, lane, lane)
            else:
                _part_block(part, source_step, turned, target_step, min(lane, rows - m), min(lane, columns - n))


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
