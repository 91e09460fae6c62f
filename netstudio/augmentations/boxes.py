"""Boxes in images, a random one for each sample."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from netstudio.ops import Ops, Value


class Boxes(NamedTuple):
    """Whole numbers, (batch,) each: the first row and column, and how many there are."""

    top: Value
    left: Value
    rows: Value
    columns: Value

    def mask(self, ops: Ops, height: int, width: int) -> Value:
        """1 inside of each box and 0 outside, (batch, height, width, 1)."""
        down = _inside(ops, height, self.top, self.rows)
        across = _inside(ops, width, self.left, self.columns)
        batch = self.top.shape[0]
        return ops.reshape(down, (batch, height, 1, 1)) * ops.reshape(across, (batch, 1, width, 1))


def draw(ops: Ops, sides: tuple[Value, Value], height: int, width: int) -> Boxes:
    """Boxes inside of the image, of these shares of its height and width, (batch,) each, at any place."""
    batch = sides[0].shape[0]
    rows, columns = (_whole(ops, side, size) for side, size in zip(sides, (height, width), strict=True))
    top, left = (
        ops.elementwise("floor", ops.random_uniform((batch,)) * (size + 1.0 - own))
        for size, own in ((height, rows), (width, columns))
    )
    return Boxes(top, left, rows, columns)


def _whole(ops: Ops, side: Value, size: int) -> Value:
    return ops.minimum(ops.elementwise("floor", side * float(size) + 0.5), float(size))


def _inside(ops: Ops, size: int, first: Value, count: Value) -> Value:
    numbers = ops.constant(np.arange(size, dtype=np.float64))
    places = numbers - ops.reshape(first, (first.shape[0], 1))
    return ops.elementwise("ge", places, 0.0) * ops.elementwise("lt", places, ops.reshape(count, (count.shape[0], 1)))
