"""Softmax of rows that fit two vector registers: a row is read once and written once, and stays in registers between.

A single row waits for its maximum and its sum, each log2(lanes) steps one after another; so several rows go
side by side. For float32 only: the exponential is that of `vmath.exp` for what is not above 0, with 0 in place of
denormal numbers.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import llvmlite.ir as ir
from numba import types
from numba.extending import intrinsic

from netstudio.engine.kernels import vmath
from netstudio.engine.kernels.abi import I32, I64, at, device
from netstudio.engine.kernels.vectors import Vectors, lanes

TOGETHER = 4  # rows
LEAST = -88.0  # e to the power of this and less is 0: its power of two lies just below the normal numbers

Vector = Any  # of llvmlite, which has no types


@device
def fits(x, columns):
    """Whether rows of so many columns can be given to `softmax_rows`."""
    return columns <= 2 * lanes(x)


@device
def softmax_rows(x, y, rows, columns):
    """y = exp(x) over its sum, each row of x (rows, columns) of float32; `fits` says how many columns there may be."""
    whole = rows // TOGETHER * TOGETHER
    for row in range(0, whole, TOGETHER):
        _several(at(x, row * columns), at(y, row * columns), columns)
    for row in range(whole, rows):
        _one(at(x, row * columns), at(y, row * columns), columns)


def _softmax(count: int) -> Any:
    """An intrinsic that takes `count` rows at once."""

    @intrinsic
    def rows(typingctx, x, y, columns):
        def codegen(context, builder, sig, args):
            _Rows(builder, args[2], count).softmax(*args[:2])
            return context.get_dummy_value()

        return types.void(x, x, types.int64), codegen

    return rows


_several, _one = _softmax(TOGETHER), _softmax(1)


class _Rows:
    """Emits each step for all rows before the next step."""

    def __init__(self, builder: ir.IRBuilder, columns: ir.Value, count: int) -> None:
        self.b, self.v = builder, Vectors(builder, types.float32)
        self.starts = [I64(n * self.v.lanes) for n in range(2)]
        self.masks = [self.v.mask(builder.sub(columns, start)) for start in self.starts]
        self.offsets = [builder.mul(columns, I64(row)) for row in range(count)]

    def softmax(self, x: ir.Value, y: ir.Value) -> None:
        b, v = self.b, self.v
        rows = [
            [b.select(m, v.load(p, m), v.constant(float("-inf"))) for p, m in zip(self._places(x, offset), self.masks)]
            for offset in self.offsets
        ]
        tops = self._across([v.at_least(low, high) for low, high in rows], v.at_least)
        rows = [[self._exp(b.fsub(part, top)) for part in row] for row, top in zip(rows, tops)]
        totals = self._across([b.fadd(low, high) for low, high in rows], b.fadd)
        one = ir.Constant(v.element, 1.0)
        shares = [v.spread(b.fdiv(one, b.extract_element(total, I32(0)))) for total in totals]
        for row, by, offset in zip(rows, shares, self.offsets):
            for part, place, mask in zip(row, self._places(y, offset), self.masks):
                v.store(b.fmul(part, by), place, mask)

    def _places(self, p: ir.Value, offset: ir.Value) -> list[ir.Value]:
        return [self.b.gep(p, [self.b.add(offset, start)]) for start in self.starts]

    def _across(self, vectors: list[Vector], join: Callable[[Vector, Vector], Vector]) -> list[Vector]:
        """All lanes of each joined, in every lane."""
        half = self.v.lanes // 2
        while half:
            order = ir.Constant(ir.VectorType(I32, self.v.lanes), [lane ^ half for lane in range(self.v.lanes)])
            turned = [self.b.shuffle_vector(x, x, order) for x in vectors]
            vectors = [join(x, other) for x, other in zip(vectors, turned)]
            half //= 2
        return vectors

    def _exp(self, x: Vector) -> Vector:
        """e**x for x <= 0, NaN for NaN."""
        b, v, k = self.b, self.v, lambda value: self.v.constant(float(value))
        x = v.at_least(x, k(LEAST))
        z = v.multiply_add(x, k(vmath.LOG2E), k(vmath.TO_SCALE))
        n = b.fsub(z, k(vmath.TO_SCALE))
        r = v.multiply_add(n, k(-vmath.LN2_LOW), v.multiply_add(n, k(-vmath.LN2_HIGH), x))
        p = k(vmath.EXP[-1])
        for coefficient in (*vmath.EXP[-2::-1], vmath.ONE, vmath.ONE):
            p = v.multiply_add(p, r, k(coefficient))
        whole = ir.VectorType(I32, v.lanes)
        power = b.shl(b.bitcast(z, whole), ir.Constant(whole, [23] * v.lanes))
        return b.fmul(p, b.bitcast(power, v.type))
