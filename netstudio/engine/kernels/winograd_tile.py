"""The register tile of Winograd's products: many small dense matrices, whose rows lie evenly.

    Y[m, n] (+)= sum over k of X[m, k] W[k, n]

It does less than `tile`, for which nothing is to be looked up, and short sums run at the speed of the multipliers.
Each element is one sum in the order of k, whatever the tile's height.
"""

from typing import Any

from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from netstudio.engine.kernels.abi import I64
from netstudio.engine.kernels.vectors import REGISTERS, Vectors

# Rows of a tile of two vectors of columns, and of one: at least eight sums hide the delay of an addition.
HEIGHT = REGISTERS.rows
TALL = HEIGHT if HEIGHT >= 8 else 2 * HEIGHT
# The same where rows are channels, which come in whole vectors of float32.
TALL_TURNED = REGISTERS.width // 4
HEIGHT_TURNED = min(1 << (HEIGHT.bit_length() - 1), TALL_TURNED)
# Terms at a time where there is one vector of columns: terms come in whole vectors as well.
RUN = min(8, TALL_TURNED)


def make_tile(height: int, vectors: int, turned: bool) -> Any:
    """An intrinsic for `height` rows by `vectors` vectors of columns.

    Its arguments: X and the distance of its rows (where `turned`, of its terms); W and the distance of its rows; the
    same of Y; the count of terms, any number where `turned`, else a multiple of RUN; whether to add to Y.
    """

    @intrinsic
    def tile(typingctx, x, x_step, w, w_step, y, y_step, count, resume):
        signature = types.void(x, types.int64, x, types.int64, x, types.int64, types.int64, types.boolean)

        def codegen(context, builder, sig, args):
            _Tile(builder, x.dtype, (height, vectors), turned).emit(*args)
            return context.get_dummy_value()

        return signature, codegen

    return tile


class _Tile:
    def __init__(self, builder: Any, element: Any, size: tuple[int, int], turned: bool) -> None:
        self.b, self.v = builder, Vectors(builder, element)
        height, vectors = size
        self.rows, self.vectors = range(height), range(vectors)
        self.turned = turned
        self.run = 1 if turned or vectors > 1 else RUN

    def emit(self, x, x_step, w, w_step, y, y_step, count, resume):
        b, v = self.b, self.v
        zeros = [[v.zero() for _ in self.vectors] for _ in self.rows]
        sums = [[cgutils.alloca_once(b, v.type) for _ in self.vectors] for _ in self.rows]
        self._each(lambda m, n: b.store(zeros[m][n], sums[m][n]))
        places = [[self._at(y, y_step, m, n) for n in self.vectors] for m in self.rows]
        with b.if_then(resume):
            self._each(lambda m, n: b.store(v.load(places[m][n]), sums[m][n]))
        with cgutils.for_range_slice(b, I64(0), count, I64(self.run), intp=I64) as (k, _):
            x_now, w_now = b.gep(x, [b.mul(k, x_step) if self.turned else k]), b.gep(w, [b.mul(k, w_step)])
            self._terms(sums, x_now, x_step, w_now, w_step)
        self._each(lambda m, n: v.store(b.load(sums[m][n]), places[m][n]))

    def _each(self, act: Any) -> None:
        for m in self.rows:
            for n in self.vectors:
                act(m, n)

    def _terms(self, sums, x, x_step, w, w_step):
        b, v = self.b, self.v
        for k in range(self.run):
            factors = [v.load(self._at(w, w_step, k, n)) for n in self.vectors]
            for m, row in enumerate(sums):
                along, across = (k, m) if self.turned else (m, k)
                place = b.gep(x, [b.add(b.mul(x_step, I64(along)), I64(across))])
                spread = v.spread(b.load(place))
                for factor, total in zip(factors, row, strict=True):
                    b.store(v.multiply_add(spread, factor, b.load(total)), total)

    def _at(self, start, step, row, vector):
        return self.b.gep(start, [self.b.add(self.b.mul(step, I64(row)), I64(vector * self.v.lanes))])


wide, tall = make_tile(HEIGHT, 2, False), make_tile(TALL, 1, False)
wide_turned, tall_turned = make_tile(HEIGHT_TURNED, 2, True), make_tile(TALL_TURNED, 1, True)
