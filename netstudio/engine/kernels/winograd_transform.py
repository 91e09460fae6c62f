"""The transforms of Winograd's short convolutions, F(4x4, 3x3) and F(3x3, 4x4), on tiles of vectors of channels.

A product of polynomials follows from its values at enough points: at each point it is one multiplication. Six points
do for 4 outputs of 3 taps, so that in two dimensions 16 outputs take 36 multiplications instead of 144 (Winograd,
"Arithmetic Complexity of Computations", 1980; Lavin & Gray, "Fast Algorithms for Convolutional Neural Networks",
2015). Every transform is a small matrix applied to the columns of a tile and then to its rows.

The points are 0, ±NEAR, ±FAR and infinity. Points that lie as +p and -p share their even and odd halves, so each matrix
is made of two sparse ones, of which one (`_JOINED`) is the same for all. These two give about half of the error of the
usual ±1 and ±2, and all of their powers that stand in a matrix are exact in float32.
"""

from typing import Any

import numpy as np
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic
from numpy.typing import NDArray

from netstudio.engine.kernels.abi import I64
from netstudio.engine.kernels.vectors import Vectors

Matrix = NDArray[np.float64]

NEAR, FAR = 0.625, 1.5
TAPS, OUTPUTS, POINTS = 3, 4, 6


def _joined() -> Matrix:
    """From the even and odd halves at each pair of points to the values at both."""
    joined = np.eye(POINTS)
    for first, p in ((1, NEAR), (3, FAR)):
        joined[first : first + 2, first : first + 2] = [[1, p], [1, -p]]
    return joined


def _halves(count: int) -> Matrix:
    """The even and odd halves of a polynomial of `count` coefficients; its first and last one at 0 and infinity."""
    halves = np.zeros((POINTS, count))
    halves[0, 0] = halves[-1, -1] = 1
    for first, p in ((1, NEAR), (3, FAR)):
        for power in range(count):
            halves[first + power % 2, power] = p ** (power // 2 * 2)
    return halves


def _input_halves() -> Matrix:
    """The same for the transposed interpolation: coefficients of the products over all other points, without scale."""
    near, far = NEAR**2, FAR**2
    whole = [near * far, 0, -near - far, 0, 1]
    rows = [[*whole, 0], [0, 0, -far, 0, 1, 0], [0, -far, 0, 1, 0, 0]]
    rows += [[0, 0, -near, 0, 1, 0], [0, -near, 0, 1, 0, 0], [0, *whole]]
    return np.array(rows, float)


def _scale() -> Matrix:
    """What `_input_halves` left out, a factor for each point."""
    near, far = NEAR**2, FAR**2
    at_near, at_far = 2 * near * (near - far), 2 * far * (far - near)
    return np.diag([1 / (near * far), 1 / at_near, 1 / at_near, 1 / at_far, 1 / at_far, 1])


_JOINED = _joined()
# Each a pair: the first of the two matrices that are applied one after the other, and the second.
INPUT = _input_halves(), _JOINED
FILTER = _halves(TAPS), _scale() @ _JOINED
OUTPUT = _JOINED.T, _halves(OUTPUTS).T
SLOPE = _halves(OUTPUTS), _JOINED
KERNEL = (_scale() @ _JOINED).T, _halves(TAPS).T


def make_transform(stages: tuple[Matrix, Matrix], kind: type["_Transform"]) -> Any:
    """An intrinsic that applies a matrix, given as two factors, to both sides of a tile of vectors.

    Its arguments: the first vector of the source, and the strides in elements along the tile's rows and columns; the
    same of the target; then what only tiles of images need: which pixel (row, column) of an image of which size
    (rows, columns) the tile's first one is, the address of a bias, or 0, and the least value that is stored.
    """

    @intrinsic
    def transform(typingctx, source, steps, target, target_steps, corner, size, bias, low):
        pair = types.UniTuple(types.int64, 2)
        signature = types.void(source, pair, source, pair, pair, pair, types.int64, source.dtype)

        def codegen(context, builder, sig, args):
            made = kind(builder, source.dtype, args)
            made.emit(stages)
            return context.get_dummy_value()

        return signature, codegen

    return transform


class _Transform:
    """From scratch to scratch: `bias` and `low` are not read, nor is where the tile lies."""

    def __init__(self, builder: Any, element: Any, args: Any) -> None:
        self.b, self.v = builder, Vectors(builder, element)
        self.source, steps, self.target, target_steps, corner, size, self.bias, self.low = args
        unpack = lambda pair: cgutils.unpack_tuple(builder, pair)  # noqa: E731
        self.steps, self.target_steps, self.corner, self.size = map(unpack, (steps, target_steps, corner, size))

    def emit(self, stages: tuple[Matrix, Matrix]) -> None:
        self.begin()
        inputs = range(stages[0].shape[1])
        columns = [self._apply(stages, [self.load(i, j) for i in inputs]) for j in inputs]
        for i in range(len(stages[1])):
            for j, value in enumerate(self._apply(stages, [column[i] for column in columns])):
                self.store(value, i, j)

    def begin(self) -> None:
        """What is done once for a tile."""

    def load(self, i: int, j: int) -> Any:
        return self.v.load(self.place(self.source, self.steps, i, j))

    def store(self, value: Any, i: int, j: int) -> None:
        self.v.store(value, self.place(self.target, self.target_steps, i, j))

    def place(self, start: Any, steps: Any, i: int, j: int) -> Any:
        offset = self.b.add(self.b.mul(steps[0], I64(i)), self.b.mul(steps[1], I64(j)))
        return self.b.gep(start, [offset])

    def _apply(self, stages: tuple[Matrix, Matrix], vectors: list[Any]) -> list[Any]:
        for matrix in stages:
            vectors = [self._combine(row, vectors) for row in matrix]
        return vectors

    def _combine(self, factors: Any, vectors: list[Any]) -> Any:
        """The sum of factors times vectors; one whose factor is 1 comes first, for it takes no multiplication."""
        terms = sorted(((f, x) for f, x in zip(factors, vectors, strict=True) if f != 0), key=lambda term: term[0] != 1)
        factor, total = terms[0]
        if factor != 1:
            total = self.b.fmul(self.v.constant(factor), total)
        for factor, x in terms[1:]:
            total = self.b.fadd(x, total) if factor == 1 else self.v.multiply_add(self.v.constant(factor), x, total)
        return total


class _AtImage(_Transform):
    """A tile of an image may reach over its border; what is beyond lies in a vector on the stack."""

    def begin(self) -> None:
        with self.b.goto_entry_block():
            self.beyond = self.b.alloca(self.v.type)
            self.beyond.align = 64
        self.b.store(self.v.zero(), self.beyond)

    def inside(self, place: Any, i: int, j: int) -> Any:
        """`place` if the image has that pixel, else the vector beyond."""
        at = [self.b.add(self.corner[0], I64(i)), self.b.add(self.corner[1], I64(j))]
        exists = [self.b.icmp_unsigned("<", a, n) for a, n in zip(at, self.size, strict=True)]
        return self.b.select(self.b.and_(*exists), place, self.b.bitcast(self.beyond, place.type))


class _FromImage(_AtImage):
    """Pixels that do not exist are zeros."""

    def load(self, i: int, j: int) -> Any:
        return self.v.load(self.inside(self.place(self.source, self.steps, i, j), i, j))


class _ToImage(_AtImage):
    """With a bias and a least value; pixels that do not exist are not stored."""

    def begin(self) -> None:
        super().begin()
        b, v = self.b, self.v
        term = cgutils.alloca_once(b, v.type)
        b.store(v.zero(), term)
        with b.if_then(b.icmp_signed("!=", self.bias, I64(0))):
            b.store(v.load(b.inttoptr(self.bias, v.element.as_pointer())), term)
        self.term, self.floor = b.load(term), v.spread(self.low)

    def store(self, value: Any, i: int, j: int) -> None:
        value = self.v.at_least(self.b.fadd(value, self.term), self.floor)
        self.v.store(value, self.inside(self.place(self.target, self.target_steps, i, j), i, j))


input_tile = make_transform(INPUT, _FromImage)
filter_tile = make_transform(FILTER, _Transform)
output_tile = make_transform(OUTPUT, _ToImage)
slope_tile = make_transform(SLOPE, _FromImage)
kernel_tile = make_transform(KERNEL, _Transform)
