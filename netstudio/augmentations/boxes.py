"""Boxes in images, a random one for each sample."""

from __future__ import annotations

from typing import NamedTuple

from netstudio.ops import Ops, Value


class Boxes(NamedTuple):
    """Whole numbers, (batch,) each: the first row and column, and how many there are."""

    top: Value
    left: Value
    rows: Value
    columns: Value

    def covered(self, ops: Ops, images: Value, other: Value) -> Value:
        """The images, (batch, height, width, channels), with other ones, or one value, in the boxes."""
        return ops.paste(images, other, ops.concatenate([ops.reshape(n, (1, n.shape[0])) for n in self], 0))


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
