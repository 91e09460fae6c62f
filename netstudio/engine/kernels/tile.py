"""The register tile: the inner loop of the matrix product and of every convolution.

A tile computes, for a few rows m and one, two or four vectors of columns n,

    Y[y[m] + n] = act(start + sum over i, j, k of X[x[m] + i*xi + j*xj + k*xk] * W[i*wi + j*wj + k*wk + n])

with the accumulators in registers. The rows' offsets x[m] and y[m] stand in a table, so a row may be a matrix row or
the patch under an output pixel; the sum runs over three nested loops with free strides, so it may be a matrix's inner
axis, a kernel's window, or all pixels of a batch. X is read element by element and spread over the lanes, or (lanewise)
as vectors with a lane for each column, which is what a depthwise convolution needs.

Every element is summed in the order of the loops with one accumulator, whatever the tile's height: how rows and columns
are shared among tiles and workers does not change a bit of the result.
"""

from typing import Any

import llvmlite.ir as ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from netstudio.engine.kernels.abi import I64, INTS
from netstudio.engine.kernels.vectors import REGISTERS, Vectors, emit_prefetch

HEIGHT = REGISTERS.rows
SHORT = HEIGHT // 2
LOW = REGISTERS.low_rows  # of a tile of four vectors
IS_BROAD = 4 * LOW > 2 * HEIGHT  # whether four vectors make more use of the registers than two


def make_tile(height: int, vectors: int, masked: bool, lanewise: bool) -> Any:
    """An intrinsic for tiles of `height` rows and `vectors` vectors of columns, the last cut short where `masked`.

    The fewer numbers are read for each multiplication, the less is lost where another thread of execution shares the
    core: two vectors by 8 rows read 10 for 16, four by 6 read 10 for 24.

    Its arguments: pointers to X, W, Y and the table of rows (pairs x[m], y[m]); three tuples, the sizes of the sum's
    loops and the strides of X and W along them; the count of columns (read where `masked`); the address of the bias of
    the first column, or 0; whether to start from what Y holds; the least value that is stored (-inf for any); the
    address of memory to be read soon, and how many bytes to go on there at each turn of the innermost loop; how many
    elements of W the second two of four vectors are from the first two.
    """

    @intrinsic
    def tile(typingctx, x, w, y, table, sizes, x_steps, w_steps, columns, bias, resume, low, ahead, ahead_step, pair):
        triple, i64 = types.UniTuple(types.int64, 3), types.int64
        element = x.dtype
        signature = types.void(x, x, x, INTS, triple, triple, triple, i64, i64, i64, element, i64, i64, i64)

        def codegen(context, builder, sig, args):
            _Tile(builder, element, height, vectors, masked, lanewise).emit(*args)
            return context.get_dummy_value()

        return signature, codegen

    return tile


class _Tile:
    def __init__(self, builder: ir.IRBuilder, element: Any, height: int, vectors: int, masked: bool, lanewise: bool):
        self.b = builder
        self.v = Vectors(builder, element)
        self.height, self.masked, self.lanewise = height, masked, lanewise
        self.far = vectors == 4 or (vectors == 2 and height == HEIGHT and not masked)
        self.starts = [ir.Constant(I64, n * self.v.lanes) for n in range(vectors)]
        self.masks: list[ir.Value | None] = [None] * vectors

    def emit(self, x, w, y, table, sizes, x_steps, w_steps, columns, bias, resume, low, ahead, ahead_step, pair):
        w_starts = self.starts[:2] + [self.b.add(pair, n) for n in self.starts[: len(self.starts) - 2]]
        if self.masked:
            self.masks[-1] = self.v.mask(self.b.sub(columns, self.starts[-1]))
        sums = [[cgutils.alloca_once(self.b, self.v.type) for _ in self.starts] for _ in range(self.height)]
        self._start(sums, y, table, bias, resume)
        rows = [self.b.gep(x, [self._entry(table, 2 * m)]) for m in range(self.height)]
        unpack = lambda triple: cgutils.unpack_tuple(self.b, triple)  # noqa: E731
        self._sum(sums, rows, w, w_starts, unpack(sizes), unpack(x_steps), unpack(w_steps), ahead, ahead_step)
        floor = self.v.spread(low)
        for m, row in enumerate(sums):
            for place, total, mask in zip(self._places(y, table, m), row, self.masks):
                self.v.store(self.v.at_least(self.b.load(total), floor), place, mask)

    def _entry(self, table, index):
        return self.b.load(self.b.gep(table, [ir.Constant(I64, index)]))

    def _places(self, y, table, m):
        row = self.b.gep(y, [self._entry(table, 2 * m + 1)])
        return [self.b.gep(row, [n]) for n in self.starts]

    def _start(self, sums, y, table, bias, resume):
        """Begin each sum with 0 or with Y, and the bias if there is one."""
        b, v = self.b, self.v
        for total in (total for row in sums for total in row):
            b.store(v.zero(), total)
        with b.if_then(b.icmp_signed("!=", resume, ir.Constant(I64, 0))):
            for m, row in enumerate(sums):
                for place, total, mask in zip(self._places(y, table, m), row, self.masks):
                    b.store(v.load(place, mask), total)
        with b.if_then(b.icmp_signed("!=", bias, ir.Constant(I64, 0))):
            first = b.inttoptr(bias, v.element.as_pointer())
            terms = [v.load(b.gep(first, [n]), mask) for n, mask in zip(self.starts, self.masks)]
            for row in sums:
                for term, total in zip(terms, row):
                    b.store(b.fadd(b.load(total), term), total)

    def _sum(self, sums, rows, w, w_starts, sizes, x_steps, w_steps, ahead, ahead_step):
        """The three nested loops. X's rows share one running offset, so they take one register each."""
        b = self.b
        with cgutils.for_range(b, sizes[0], intp=I64) as i, cgutils.for_range(b, sizes[1], intp=I64) as j:
            x_tap = b.add(b.mul(i.index, x_steps[0]), b.mul(j.index, x_steps[1]))
            w_tap = b.gep(w, [b.add(b.mul(i.index, w_steps[0]), b.mul(j.index, w_steps[1]))])
            with cgutils.for_range(b, sizes[2], intp=I64) as k:
                w_row = b.gep(w_tap, [b.mul(k.index, w_steps[2])])
                if self.far:
                    emit_prefetch(b, b.add(ahead, b.mul(k.index, ahead_step)), write=False)
                terms = [self.v.load(b.gep(w_row, [n]), mask) for n, mask in zip(w_starts, self.masks)]
                x_offset = b.add(x_tap, b.mul(k.index, x_steps[2]))
                for row, totals in zip(rows, sums):
                    factors = self._factors(b.gep(row, [x_offset]))
                    for factor, term, total in zip(factors, terms, totals):
                        b.store(self.v.multiply_add(factor, term, b.load(total)), total)

    def _factors(self, place):
        if self.lanewise:
            return [self.v.load(self.b.gep(place, [n]), mask) for n, mask in zip(self.starts, self.masks)]
        return [self.v.spread(self.b.load(place))] * len(self.starts)
