"""Other shapes and parts of tensors. What only regroups axes makes no node."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import prod
from typing import Any

import numpy as np

from netstudio.graph import Endpoint
from netstudio.imports.onnx.build import UnsupportedError
from netstudio.imports.onnx.convert.arithmetic import in_our_order, one_row, places
from netstudio.imports.onnx.folding import cells, slices
from netstudio.imports.onnx.importing import Importing, Value, converts
from netstudio.imports.onnx.reading import Array, Op
from netstudio.imports.onnx.tensors import BATCH, Tensor, fresh

MOST_CELLS = 64  # that are picked one by one


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


@converts("Concat")
def concat(to: Importing, op: Op) -> Tensor:
    given = [to.values[name] for name in op.inputs]
    tensors = [x for x in given if isinstance(x, Tensor)]
    lead, axis = tensors[0].told_apart(), int(op.attributes["axis"]) % tensors[0].rank
    if len(given) == 1:
        return tensors[0]
    if axis == lead.batch_axis or any(x.rank != lead.rank for x in tensors):
        raise UnsupportedError(
            "it joins samples, or tensors of different ranks; only parts of one sample can be joined"
        )
    order = sorted(range(lead.rank), key=lambda n: min(lead.axes[n]))
    parts = [x if isinstance(x, Tensor) else _spread(to, lead, axis, np.asarray(x)) for x in given]
    wires = [("in", to.builder.by_axes(x, order).at) for x in parts]
    place = order.index(axis)
    last = place == lead.rank - 1
    [(at, spec)] = to.builder.add("Concatenate", wires, {} if last else {"axis": place}, op=op)
    back = [order.index(n) for n in range(lead.rank)]
    return fresh(at, spec.shape, back, positive=all(x.positive for x in parts))


def _spread(to: Importing, like: Tensor, axis: int, c: Array) -> Tensor:
    """A constant as vectors of places, made the same for all samples; `like` is what it is joined with."""
    c = one_row(like, c, to.rows)
    size = c.shape[axis]
    if size > like.shape[axis]:
        raise UnsupportedError(
            f"it joins a constant of {size} cells with {like.shape[axis]}; expected no more than those"
        )
    x = sliced(to, like, axis, range(size))
    groups = x.ours[1:]
    x = to.builder.arranged(x, ((0,), tuple(a for g in groups[:-1] for a in g), groups[-1]))
    return replace(x, at=places(to, x, in_our_order(x, c)), positive=False)


# ---------------------------------------------------------------------------------------------------------- parts


def sliced(to: Importing, x: Tensor, axis: int, taken: range, op: Op | None = None) -> Tensor:
    """Those cells of an ONNX axis."""
    if taken == range(x.shape[axis]):
        return x
    if not taken:
        raise UnsupportedError(f"it takes nothing of the {x.shape[axis]} cells of axis {axis}")
    whole = _major_of(x, x.axes[axis])
    if whole is not None and taken.step == 1:  # the parts lie one behind the other: cut all that is in them
        inner = x.size(x.ours[whole]) // x.shape[axis]
        run = range(taken.start * inner, taken.stop * inner)
        at = _cut(to, x, whole, run, op)
        return replace(x.with_size(x.axes[axis][0], len(taken)), at=at)
    x, place = to.builder.with_ordered_axis(x, axis)
    return replace(x.resized(place, len(taken)), at=_cut(to, x, place, taken, op))


def _major_of(x: Tensor, group: tuple[int, ...]) -> int | None:
    """The axis of ours of several atoms of which that one is the first."""
    return next((n for n, own in enumerate(x.ours) if n and len(own) > 1 and group == own[:1]), None)


def _cut(to: Importing, x: Tensor, place: int, taken: range, op: Op | None) -> Endpoint:
    """Those cells of an axis of ours."""
    size = x.size(x.ours[place])
    start = None if taken.start in (0, size - 1) and (taken.start == 0) == (taken.step > 0) else taken.start
    end = taken[-1] + taken.step
    stop = None if end < 0 or end >= size else end
    given = {"axis": place, "start": start, "stop": stop, "step": taken.step}
    params = {k: v for k, v in given.items() if v is not None and (k, v) != ("step", 1)}
    if place == len(x.ours) - 1:
        params["axis"] = -1
    [(at, _)] = to.builder.add("Slice", [("in", x.at)], params, op=op)
    return at


@converts("Slice")
def slice_(to: Importing, op: Op) -> Tensor:
    x = to.tensor(op)
    given = [x, *(to.optional(op, n, "limits") for n in range(1, len(op.inputs)))]
    for axis, start, stop, step in slices(op, given):  # type: ignore[arg-type]
        x = sliced(to, x, axis % x.rank, cells(x.shape[axis % x.rank], start, stop, step), op)
    return x


def picked(to: Importing, op: Op, x: Tensor) -> Tensor:
    """A Gather of cells whose numbers are known."""
    numbers, axis = to.constant(op, 1, "list of cells"), int(op.attributes.get("axis", 0)) % x.rank
    size = x.shape[axis]
    wanted = [int(n) % size for n in numbers.ravel()]
    if numbers.ndim > 1:
        raise UnsupportedError(f"its list of cells has {numbers.ndim} axes; expected one")
    step = wanted[1] - wanted[0] if len(wanted) > 1 else 1
    run = range(wanted[0], wanted[0] + step * len(wanted), step or 1)
    if list(run) != wanted:
        return _each_by_itself(to, op, x, axis, wanted)
    made = sliced(to, x, axis, run, op)
    if numbers.ndim:
        return made
    left = replace(made, axes=(*made.axes[:axis], *made.axes[axis + 1 :]))
    gone = made.our_axis(made.axes[axis])
    return left if gone is None else to.builder.arranged(left, (*left.ours[:gone], *left.ours[gone + 1 :]))


def _each_by_itself(to: Importing, op: Op, x: Tensor, axis: int, wanted: Sequence[int]) -> Tensor:
    """Cells in no regular order, cut out one by one and joined."""
    if len(wanted) > MOST_CELLS:
        raise UnsupportedError(f"it picks {len(wanted)} cells in no regular order; expected at most {MOST_CELLS}")
    x, place = to.builder.with_ordered_axis(x, axis)
    cut = [sliced(to, x, axis, range(n, n + 1)) for n in wanted]
    [(at, _)] = to.builder.add("Concatenate", [("in", c.at) for c in cut], {"axis": place}, op=op)
    return replace(cut[0].resized(place, len(wanted)), at=at)


@converts("Split")
def split(to: Importing, op: Op) -> list[Value | None]:
    x, axis = to.tensor(op), int(op.attributes.get("axis", 0))
    whole = _major_of(x, x.axes[axis])
    x, place = (x, whole) if whole is not None else to.builder.with_ordered_axis(x, axis % x.rank)
    count, size = len(op.outputs), x.shape[axis]
    inner = x.size(x.ours[place]) // size  # cells behind each other that stay together
    each = -(-size // count)
    sizes = to.integers(op, "split", 1) or [min(each, size - n * each) for n in range(count)]
    if sum(sizes) != size or len(sizes) != count:
        raise UnsupportedError(f"its parts are {sizes}, and its input has {size} cells along axis {axis}")
    if count == 1:
        return [x]
    params: dict[str, Any] = {}
    if len(set(sizes)) > 1:
        params["size"] = [n * inner for n in sizes[:-1]]
    elif count > 2:
        params["parts"] = count
    if place != len(x.ours) - 1:
        params["axis"] = place
    ends = [at for at, _ in to.builder.add("Split", [("in", x.at)], params, op=op)]
    if whole is None:
        return [replace(x.resized(place, n), at=at) for n, at in zip(sizes, ends)]
    return [replace(x.with_size(x.axes[axis][0], n), at=at) for n, at in zip(sizes, ends)]


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
