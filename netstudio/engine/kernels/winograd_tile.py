"""The register tile of Winograd's products: many small dense matrices, laid out for it.

    Y[m, n] (+)= sum over k of X[m, k] W[k, n]

It does less than `tile`, for which nothing is to be looked up, and short sums run at the speed of the multipliers.
Each element is one sum in the order of k, whatever the tile's height.

Matrices with a row for each tile stand in blocks, one vector wide: block[column // lanes][row][column % lanes]. So rows
lie at distances that are known when this is compiled, and no registers are needed for where they are.
"""

from typing import Any

from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from netstudio.engine.kernels.abi import I64
from netstudio.engine.kernels.vectors import REGISTERS, Vectors

# Rows of a tile of two vectors of columns, and of one: at least eight sums hide the delay of an addition.
HEIGHT = REGISTERS.rows
TALL = 2 * HEIGHT
# The same where rows are channels, which come in whole vectors of float32.
TALL_TURNED = REGISTERS.width // 4
HEIGHT_TURNED = min(1 << (HEIGHT.bit_length() - 1), TALL_TURNED)
# Terms at a time; they come in whole vectors as well.
RUN = 4


def make_tile(height: int, vectors: int) -> Any:
    """An intrinsic for `height` rows by `vectors` vectors of columns, where the rows of X and Y are tiles.

    Its arguments: X and the distance of its blocks; W, in a panel of two vectors; Y and the distance of its blocks;
    the count of terms, in whole vectors.
    """

    @intrinsic
    def tile(typingctx, x, x_block, w, y, y_block, count):
        def codegen(context, builder, sig, args):
            _Tile(builder, x.dtype, (height, vectors)).emit(*args)
            return context.get_dummy_value()

        return types.void(x, types.int64, x, x, types.int64, types.int64), codegen

    return tile


def make_turned(height: int, vectors: int) -> Any:
    """An intrinsic for `height` rows by `vectors` vectors of columns, where the terms are tiles.

    Its arguments: X, turned, no further than one block; W and the distance of its blocks; Y and the distance of its
    rows; the count of terms; whether to add to Y.
    """

    @intrinsic
    def tile(typingctx, x, w, w_block, y, y_step, count, resume):
        def codegen(context, builder, sig, args):
            _Turned(builder, x.dtype, (height, vectors)).emit(*args)
            return context.get_dummy_value()

        return types.void(x, x, types.int64, x, types.int64, types.int64, types.boolean), codegen

    return tile


class _Sums:
    """The accumulators of a tile."""

    def __init__(self, builder: Any, element: Any, size: tuple[int, int]) -> None:
        self.b, self.v = builder, Vectors(builder, element)
        self.rows, self.vectors = range(size[0]), range(size[1])
        zeros = [[self.v.zero() for _ in self.vectors] for _ in self.rows]
        self.sums = [[cgutils.alloca_once(builder, self.v.type) for _ in self.vectors] for _ in self.rows]
        self._each(lambda m, n: builder.store(zeros[m][n], self.sums[m][n]))

    def _each(self, act: Any) -> None:
        for m in self.rows:
            for n in self.vectors:
                act(m, n)

    def add(self, factors: Any, places: Any) -> None:
        """To each row of sums the vectors `factors` times the number at the row's place."""
        for place, row in zip(places, self.sums, strict=True):
            spread = self.v.spread(self.b.load(place))
            for factor, total in zip(factors, row, strict=True):
                self.b.store(self.v.multiply_add(spread, factor, self.b.load(total)), total)

    def load(self, places: Any) -> None:
        self._each(lambda m, n: self.b.store(self.v.load(places[m][n]), self.sums[m][n]))

    def store(self, places: Any) -> None:
        self._each(lambda m, n: self.v.store(self.b.load(self.sums[m][n]), places[m][n]))

    def at(self, start: Any, *offsets: Any) -> Any:
        """The place some elements past `start`: numbers, or pairs of a factor and a number known now."""
        for offset in offsets:
            step = self.b.mul(offset[0], I64(offset[1])) if isinstance(offset, tuple) else I64(offset)
            start = self.b.gep(start, [step])
        return start


class _Tile(_Sums):
    def emit(self, x, x_block, w, y, y_block, count):
        b, lanes = self.b, self.v.lanes
        with cgutils.for_range_slice(b, I64(0), count, I64(RUN), intp=I64) as (k, _):
            block = b.mul(b.udiv(k, I64(lanes)), x_block)
            x_now = b.gep(x, [b.add(block, b.urem(k, I64(lanes)))])
            w_now = self.at(w, (k, 2 * lanes))
            for n in range(RUN):
                factors = [self.v.load(self.at(w_now, (2 * n + vector) * lanes)) for vector in self.vectors]
                self.add(factors, [self.at(x_now, m * lanes + n) for m in self.rows])
        self.store([[self.at(y, m * lanes, (y_block, n)) for n in self.vectors] for m in self.rows])


class _Turned(_Sums):
    def emit(self, x, w, w_block, y, y_step, count, resume):
        b, lanes = self.b, self.v.lanes
        places = [[self.at(y, (y_step, m), n * lanes) for n in self.vectors] for m in self.rows]
        with b.if_then(resume):
            self.load(places)
        with cgutils.for_range(b, count, intp=I64) as k:
            x_now, w_now = self.at(x, (k.index, lanes)), self.at(w, (k.index, lanes))
            factors = [self.v.load(self.at(w_now, (w_block, n))) for n in self.vectors]
            self.add(factors, [self.at(x_now, m) for m in self.rows])
        self.store(places)


wide, tall = make_tile(HEIGHT, 2), make_tile(TALL, 1)
wide_turned, tall_turned = make_turned(HEIGHT_TURNED, 2), make_turned(TALL_TURNED, 1)
