"""The transforms of Winograd's short convolutions, F(4x4, 3x3) and F(3x3, 4x4), on tiles of vectors of channels.

A product of polynomials follows from its values at enough points: at each point it is one multiplication. Six points
do for 4 outputs of 3 taps, so that in two dimensions 16 outputs take 36 multiplications instead of 144 (Winograd,
"Arithmetic Complexity of Computations", 1980; Lavin & Gray, "Fast Algorithms for Convolutional Neural Networks",
2015). Every transform is a small matrix applied to the columns of a tile and then to its rows.

A stride of 2 makes two convolutions of stride 1 along each axis: taps 0 and 2 see every second pixel, tap 1 the ones
between. For 4 outputs the two taps take five points, of which the one tap takes four, the last being where a tap that
is not there has the value 0. All four products in two dimensions meet at the same points, where their sums are one:
16 outputs take 81 multiplications instead of 144.

The points are 0, ±NEAR, ±FAR and infinity, or those without 0. Points that lie as +p and -p share their even and odd
halves, so each matrix is made of two sparse ones, of which one (`_joined`) is the same for all. These two give about
half of the error of the usual ±1 and ±2, and all of their powers that stand in a matrix are exact in float32.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import llvmlite.ir as ir
import numpy as np
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic
from numpy.typing import NDArray

from netstudio.engine.kernels.abi import I64
from netstudio.engine.kernels.vectors import REGISTERS, Vectors

Matrix = NDArray[np.float64]
Pair = tuple[Matrix, Matrix]

# Whether a vector may be cut short at no cost, so that channels need not fill whole ones.
ANY_CHANNELS = REGISTERS.width == 64

NEAR, FAR = 0.625, 1.5
TAPS, OUTPUTS = 3, 4
POINTS = np.array([0, NEAR, -NEAR, FAR, -FAR, np.inf])
COUNT = len(POINTS)


def _joined() -> Matrix:
    """From the even and odd halves at each pair of points to the values at both."""
    joined = np.eye(COUNT)
    for first, p in ((1, NEAR), (3, FAR)):
        joined[first : first + 2, first : first + 2] = [[1, p], [1, -p]]
    return joined


def _halves(count: int) -> Matrix:
    """The even and odd halves of a polynomial of `count` coefficients; its first and last one at 0 and infinity."""
    halves = np.zeros((COUNT, count))
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


@dataclass(frozen=True, eq=False)
class Axis:
    """The matrices along one axis, each as two that are applied one after the other: from pixels and taps to values at
    the points, from values to outputs; from the outputs' gradient to values, and from values to the taps' gradient.
    """

    input: Pair
    filter: Pair
    output: Pair
    slope: Pair
    kernel: Pair


def _axis(points: slice, taps: int) -> Axis:
    """For so many taps and those of the six points."""
    joined, halves, slopes = _joined()[points, points], _halves(taps)[points], _halves(OUTPUTS)[points]
    # Without the point 0 a factor of p is missing from every product that `_scale` divides by, at infinity none.
    factors = np.ones(COUNT) if points.start == 0 else np.where(np.isinf(POINTS), 1, POINTS)
    scaled = (np.diag(factors) @ _scale())[points, points] @ joined
    return Axis(
        (_input_halves()[points, points], joined), (halves, scaled), (joined.T, slopes.T), (slopes, joined),
        (scaled.T, halves.T),
    )  # fmt: skip


# Three taps; the first and the last of three; the one between.
WHOLE, OUTER, INNER = _axis(slice(0, 6), 3), _axis(slice(1, 6), 2), _axis(slice(1, 5), 1)
# What a tile is made of, rows and columns: first a convolution of stride 2, in an order in which those that meet at a
# point are always neighbours; then one of stride 1.
PHASES = ((OUTER, INNER), (OUTER, OUTER), (INNER, OUTER), (INNER, INNER), (WHOLE, WHOLE))
BETWEEN, STRAIGHT = 1, 4  # the phase that all points know, and that of stride 1


def make_transform(name: str, phases: Sequence[int], kind: type["_Transform"]) -> Any:
    """An intrinsic that applies the matrices `name` of a tile's axes to both sides of a tile of vectors.

    Its arguments: the tile's phase, one of `phases`; the first vector of the source, and the strides in elements along
    the tile's rows and columns; the same of the target; how many lanes of the vectors exist in memory that is not
    scratch; then what only tiles of images need: which pixel (row, column) of an image of which size (rows, columns)
    the tile's first one is, the address of a bias, or 0, and the least value that is stored.
    """

    @intrinsic
    def transform(typingctx, phase, source, steps, target, target_steps, lanes, corner, size, bias, low):
        i64, pair = types.int64, types.UniTuple(types.int64, 2)
        signature = types.void(i64, source, pair, source, pair, i64, pair, pair, i64, source.dtype)

        def codegen(context, builder, sig, args):
            function = _apart(builder, f"{name}_tile", args)
            inside = ir.IRBuilder(function.append_basic_block())
            made = kind(inside, source.dtype, function.args[1:])
            made.begin()
            done = inside.append_basic_block()
            switch = inside.switch(function.args[0], done)
            for phase in phases:
                inside.position_at_end(inside.append_basic_block())
                switch.add_case(I64(phase), inside.block)
                rows, columns = PHASES[phase]
                made.emit(getattr(rows, name), getattr(columns, name))
                inside.branch(done)
            inside.position_at_end(done)
            inside.ret_void()
            builder.call(function, args)
            return context.get_dummy_value()

        return signature, codegen

    return transform


def _apart(builder: ir.IRBuilder, name: str, args: Any) -> ir.Function:
    """A function of its own for a large body: inlined into loops, it would take LLVM twice the time."""
    kind = ir.FunctionType(ir.VoidType(), [arg.type for arg in args])
    function = ir.Function(builder.module, kind, builder.module.get_unique_name(name))
    function.linkage = "internal"
    function.attributes.add("noinline")
    return function


class _Transform:
    """From scratch to scratch: `bias` and `low` are not read, nor is where the tile lies."""

    def __init__(self, builder: Any, element: Any, args: Any) -> None:
        self.b, self.v = builder, Vectors(builder, element)
        self.source, steps, self.target, target_steps, lanes, corner, size, self.bias, self.low = args
        unpack = lambda pair: cgutils.unpack_tuple(builder, pair)  # noqa: E731
        self.steps, self.target_steps, self.corner, self.size = map(unpack, (steps, target_steps, corner, size))
        self.mask = self.v.mask(lanes) if ANY_CHANNELS else None

    def begin(self) -> None:
        """What is done once for a tile."""
        self.offsets = [self._multiples(step) for step in self.steps]
        self.target_offsets = [self._multiples(step) for step in self.target_steps]

    def _multiples(self, step: Any) -> list[Any]:
        return [self.b.mul(step, I64(i)) for i in range(COUNT)]

    def emit(self, rows: Pair, columns: Pair) -> None:
        lines = [self.read(i, columns) for i in range(rows[0].shape[1])]
        for j, line in enumerate(zip(*lines, strict=True)):
            for i, value in enumerate(self._apply(rows, list(line))):
                self.store(value, i, j)

    def read(self, i: int, columns: Pair) -> list[Any]:
        """Row i of the tile, transformed."""
        return self._apply(columns, [self.load(i, j) for j in range(columns[0].shape[1])])

    def load(self, i: int, j: int) -> Any:
        return self.v.load(self.from_place(i, j))

    def store(self, value: Any, i: int, j: int) -> None:
        self.v.store(value, self.to_place(i, j))

    def from_place(self, i: int, j: int) -> Any:
        return self.b.gep(self.source, [self.b.add(self.offsets[0][i], self.offsets[1][j])])

    def to_place(self, i: int, j: int) -> Any:
        return self.b.gep(self.target, [self.b.add(self.target_offsets[0][i], self.target_offsets[1][j])])

    def _apply(self, stages: Pair, vectors: list[Any]) -> list[Any]:
        for matrix in stages:
            vectors = [self._combine(row, vectors) for row in matrix]
        return vectors

    def _combine(self, factors: Any, vectors: list[Any]) -> Any:
        """The sum of factors times vectors; one whose factor is 1 comes first, for it takes no multiplication.

        None stands for zeros, here and among the vectors.
        """
        terms = [(f, x) for f, x in zip(factors, vectors, strict=True) if f != 0 and x is not None]
        if not terms:
            return None
        (factor, total), *others = sorted(terms, key=lambda term: term[0] != 1)
        if factor != 1:
            total = self.b.fmul(self.v.constant(factor), total)
        for factor, x in others:
            total = self.b.fadd(x, total) if factor == 1 else self.v.multiply_add(self.v.constant(factor), x, total)
        return total


class _AtImage(_Transform):
    """A tile of an image may reach over its border: rows that do not exist are left out, columns are masked.

    Where masks cost more, what is beyond the border lies in a vector on the stack.
    """

    def begin(self) -> None:
        super().begin()
        axes = zip(self.corner, self.size, strict=True)
        self.rows, self.columns = (self._inside(corner, size) for corner, size in axes)
        if self.mask is None:
            with self.b.goto_entry_block():
                self.beyond = self.b.alloca(self.v.type)
                self.beyond.align = 64
            self.b.store(self.v.zero(), self.beyond)
        else:
            bits = ir.IntType(self.v.lanes)
            lanes = self.b.bitcast(self.mask, bits)
            masks = [self.b.select(exists, lanes, bits(0)) for exists in self.columns]
            self.masks = [self.b.bitcast(mask, self.v.mask_type) for mask in masks]

    def _inside(self, corner: Any, size: Any) -> list[Any]:
        return [self.b.icmp_unsigned("<", self.b.add(corner, I64(i)), size) for i in range(COUNT)]

    def column(self, place: Any, j: int) -> tuple[Any, Any]:
        """Where a vector of column j is to be read or written, and its mask."""
        if self.mask is not None:
            return place, self.masks[j]
        return self.b.select(self.columns[j], place, self.b.bitcast(self.beyond, place.type)), None


class _FromImage(_AtImage):
    """Pixels that do not exist are zeros."""

    def read(self, i: int, columns: Pair) -> list[Any]:
        with self.b.if_else(self.rows[i]) as (there, beyond):
            with there:
                vectors, inside = super().read(i, columns), self.b.block
            with beyond:
                outside = self.b.block
        row = []
        for vector in vectors:
            row.append(self.b.phi(self.v.type))
            row[-1].add_incoming(vector, inside)
            row[-1].add_incoming(self.v.zero(), outside)
        return row

    def load(self, i: int, j: int) -> Any:
        return self.v.load(*self.column(self.from_place(i, j), j))


class _ToImage(_AtImage):
    """With a bias and a least value; pixels that do not exist are not stored."""

    def begin(self) -> None:
        super().begin()
        b, v = self.b, self.v
        term = cgutils.alloca_once(b, v.type)
        b.store(v.zero(), term)
        with b.if_then(b.icmp_signed("!=", self.bias, I64(0))):
            b.store(v.load(b.inttoptr(self.bias, v.element.as_pointer()), self.mask), term)
        self.term, self.floor = b.load(term), v.spread(self.low)

    def emit(self, rows: Pair, columns: Pair) -> None:
        height, width = range(rows[0].shape[1]), range(columns[0].shape[1])
        lines = [self._apply(rows, [self.load(i, j) for i in height]) for j in width]
        for i in range(len(rows[1])):
            with self.b.if_then(self.rows[i]):
                for j, value in enumerate(self._apply(columns, [line[i] for line in lines])):
                    self.store(value, i, j)

    def store(self, value: Any, i: int, j: int) -> None:
        value = self.v.at_least(self.b.fadd(value, self.term), self.floor)
        place, mask = self.column(self.to_place(i, j), j)
        self.v.store(value, place, mask)


class _ToKernel(_Transform):
    """To memory that is not scratch."""

    def store(self, value: Any, i: int, j: int) -> None:
        self.v.store(value, self.to_place(i, j), self.mask)


_ALL = range(len(PHASES))
input_tile = make_transform("input", _ALL, _FromImage)
filter_tile = make_transform("filter", _ALL, _Transform)
output_tile = make_transform("output", _ALL, _ToImage)
slope_tile = make_transform("slope", (BETWEEN, STRAIGHT), _FromImage)
kernel_tile = make_transform("kernel", _ALL, _ToKernel)
