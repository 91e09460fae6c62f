"""Tensors joined, cut and picked from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from netstudio.graph import Endpoint
from netstudio.imports.onnx.build import UnsupportedError
from netstudio.imports.onnx.convert.arithmetic import in_our_order, one_row, places
from netstudio.imports.onnx.folding import cells, slices
from netstudio.imports.onnx.importing import Importing, Value, converts
from netstudio.imports.onnx.reading import Array, Op
from netstudio.imports.onnx.tensors import Tensor, fresh

MOST_CELLS = 64  # that are picked one by one


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
