"""Other shapes of the same values. What only regroups axes makes no node."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import prod

import numpy as np

from netstudio.imports.onnx.build import UnsupportedError
from netstudio.imports.onnx.importing import Importing, Value, converts
from netstudio.imports.onnx.reading import Array, Op
from netstudio.imports.onnx.tensors import BATCH, Tensor, fresh


@converts("Identity", "Cast", "CastLike")
def same(to: Importing, op: Op) -> Tensor:
    """Numbers are floats here; what a Cast to integers would cut off is told."""
    x = to.tensor(op)
    if op.type == "Cast" and not x.integer and op.attributes.get("to") in (2, 3, 4, 5, 6, 7, 9, 12, 13):
        raise UnsupportedError("it cuts computed numbers down to whole ones, which no layer here does")
    return x


@converts("Dropout")
def dropout(to: Importing, op: Op) -> list[Value | None]:
    x, rate = to.tensor(op), to.number(op, "ratio", 1, 0.5)
    assert rate is not None
    return [to.each(op, "Dropout", x, {"rate": rate}, x.positive) if 0 < rate < 1 else x, None]


@converts("Shape")
def shape(to: Importing, op: Op) -> Array:
    x = to.tensor(op)
    return np.array(x.shape[op.attributes.get("start", 0) : op.attributes.get("end")], np.int64)


@converts("Size")
def size(to: Importing, op: Op) -> Array:
    return np.array(prod(to.tensor(op).shape), np.int64)


@converts("Transpose")
def transpose(to: Importing, op: Op) -> Tensor:
    x = to.tensor(op)
    order = op.attributes.get("perm", range(x.rank)[::-1])
    if sorted(order) != list(range(x.rank)):
        raise UnsupportedError(f"its perm is {list(order)}, and its input has {x.rank} axes")
    return x.transposed(order)


@converts("Reshape")
def reshape(to: Importing, op: Op) -> Tensor:
    x, given = to.tensor(op), to.integers(op, "shape", 1) or []
    if not op.attributes.get("allowzero"):
        given = [x.shape[n] if size == 0 else size for n, size in enumerate(given)]
    return reshaped(to, x, given)


def reshaped(to: Importing, x: Tensor, given: Sequence[int]) -> Tensor:
    """`x` in an ONNX shape, of which one size may be -1."""
    target = _with_rows(x, given, to.rows)
    if target is None:
        shown = tuple("N" if n == BATCH else n for n in given)
        raise UnsupportedError(f"its input has {prod(x.shape) // BATCH:,} values a sample, and its shape is {shown}")
    found = x.regrouped(target)
    if found is not None:
        return found
    if target[0] != BATCH or x.batch_axis is None:
        raise UnsupportedError("it joins the samples of a batch with other axes in a way that can't be told apart")
    order = [x.batch_axis, *(n for n in range(x.rank) if n != x.batch_axis)]
    if x.batch_axis:
        raise UnsupportedError("it mixes the samples of a batch, which do not stand along its first axis")
    flat = to.builder.arranged(x.told_apart(), ((0,), tuple(a for n in order[1:] for a in x.axes[n])))
    [(at, spec)] = to.builder.add("Reshape", [("in", flat.at)], {"target_shape": list(target[1:])})
    return fresh(at, spec.shape, positive=x.positive, integer=x.integer)


def _with_rows(x: Tensor, given: Sequence[int], rows: int | None) -> list[int] | None:
    """The sizes with BATCH where the rows stand, and without -1; None where they don't fit.

    A file made for a fixed number of rows has that number in its shapes, or multiples of it; of the ways to read it
    one is taken that tears no axis apart.
    """
    tries = [list(given)]
    if rows:
        places = [n for n, size in enumerate(given) if size > 0 and size % rows == 0]
        last = len(given) - 1  # where features stand
        places.sort(key=lambda n: (given[n] != rows, n == last, n != x.batch_axis))
        tries += [[size // rows * BATCH if n == place else size for n, size in enumerate(given)] for place in places]
    fitting = [t for t in (_filled(x, sizes) for sizes in tries) if t is not None]
    fitting.sort(key=lambda t: (BATCH not in t, x.regrouped(t) is None))
    return next((t for t in fitting if x.regrouped(t) is not None), fitting[0] if fitting else None)


def _filled(x: Tensor, sizes: list[int]) -> list[int] | None:
    total, known = prod(x.shape), prod(n for n in sizes if n != -1)
    if sizes.count(-1) == 1 and known and total % known == 0:
        return [total // known if n == -1 else n for n in sizes]
    return sizes if -1 not in sizes and known == total else None


@converts("Flatten")
def flatten(to: Importing, op: Op) -> Tensor:
    x, axis = to.tensor(op), op.attributes.get("axis", 1)
    axis = axis % x.rank if axis < 0 else axis
    return reshaped(to, x, [prod(x.shape[:axis]), prod(x.shape[axis:])])


@converts("Unsqueeze")
def unsqueeze(to: Importing, op: Op) -> Tensor:
    x, axes = to.tensor(op), to.integers(op, "axes", 1) or []
    rank = x.rank + len(axes)
    at, groups = {a % rank for a in axes}, iter(x.axes)
    return replace(x, axes=tuple(() if n in at else next(groups) for n in range(rank)))


@converts("Squeeze")
def squeeze(to: Importing, op: Op) -> Tensor:
    x, axes = to.tensor(op), to.integers(op, "axes", 1)
    gone = {n for n, size in enumerate(x.shape) if size == 1} if axes is None else {a % x.rank for a in axes}
    wrong = [n for n in gone if x.shape[n] != 1]
    if wrong:
        raise UnsupportedError(f"it takes away axis {wrong[0]}, which has more than one cell")
    return replace(x, axes=tuple(g for n, g in enumerate(x.axes) if n not in gone))


@converts("Expand", "Tile")
def repeat(to: Importing, op: Op) -> Tensor:
    x, wanted = to.tensor(op), to.integers(op, "shape" if op.type == "Expand" else "repeats", 1) or []
    if op.type == "Tile":
        wanted = [n * size for n, size in zip(wanted, x.shape, strict=True)]
    wanted = [1] * (x.rank - len(wanted)) + wanted
    x = replace(x, axes=((),) * (len(wanted) - x.rank) + x.axes)
    for axis, size in enumerate(wanted):
        if size not in (1, x.shape[axis]) and not (axis == x.batch_axis and size == to.rows):
            x = _repeated(to, x, axis, size)
    return x


def _repeated(to: Importing, x: Tensor, axis: int, size: int) -> Tensor:
    """The one cell of an axis `size` times."""
    if x.shape[axis] != 1 or size % BATCH == 0:
        raise UnsupportedError(
            f"it repeats its input from {x.shape[axis]} to {size} along axis {axis}, which no layer here does"
        )
    row = to.builder.arranged(x, ((0,), tuple(a for g in x.ours[1:] for a in g)))
    [(at, _)] = to.builder.add("RepeatVector", [("in", row.at)], {"n": size})
    sizes = (BATCH, size, *row.sizes[1:])
    moved = [tuple(a + (a > 0) for a in g) for g in row.axes]
    moved[axis] = (1,)
    return replace(row, at=at, sizes=sizes, ours=((0,), (1,), tuple(a + 1 for a in row.ours[1])), axes=tuple(moved))


@converts("DepthToSpace", "SpaceToDepth")
def depth_and_space(to: Importing, op: Op) -> Tensor:
    """Cells of the image to channels, or back: only the axes are cut and joined anew."""
    x, b = to.tensor(op), int(op.attributes["blocksize"])
    rows, c, h, w = x.shape
    cut: tuple[int, ...]
    if op.type == "SpaceToDepth":
        cut, order, joined = (rows, c, h // b, b, w // b, b), (0, 3, 5, 1, 2, 4), (rows, c * b * b, h // b, w // b)
    elif op.attributes.get("mode", "DCR") == "DCR":
        cut, order, joined = (rows, b, b, c // b**2, h, w), (0, 3, 4, 1, 5, 2), (rows, c // b**2, h * b, w * b)
    else:
        cut, order, joined = (rows, c // b**2, b, b, h, w), (0, 1, 4, 2, 5, 3), (rows, c // b**2, h * b, w * b)
    return reshaped(to, reshaped(to, x, cut).transposed(order), joined)
