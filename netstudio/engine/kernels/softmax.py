"""Softmax along the last axis, its logarithm, cross-entropy from logits, and their gradients.

Each row is shifted by its maximum first, so that nothing overflows. Rows that are short are taken together: the
exponential runs over a whole group of them at once; those that fit two registers stay there (`short_rows`).
"""

import math
from typing import Any

from numba import types
from numba.extending import overload

from netstudio.engine.kernels import short_rows
from netstudio.engine.kernels.abi import OPTIONS, Kernel, at, device, kernel, pointer, share
from netstudio.engine.kernels.vmath import each, exp, inlined, like, log, maximum, stack

ROOM = 1024  # elements worked on at once
SHORT = 32  # columns below which a plain loop finds the maximum sooner

Instructions = list[tuple[Kernel, list[int], bool]]


@device
def _largest(x, count):
    """The maximum of a row; whether it sees a NaN does not matter, as the sum of exponentials will."""
    best = x[0]
    if count < SHORT:
        for i in range(1, count):
            best = x[i] if x[i] > best else best
    else:
        for i in range(count):
            best = maximum(best, x[i])
    return best


@device
def _total(x, count):
    total = like(0, x[0])
    for i in range(count):
        total += x[i]
    return total


@device
def _shift(out, x, by, count):
    for i in range(count):
        out[i] = x[i] - by


@device
def _shift_twice(out, x, top, by, count):
    for i in range(count):
        out[i] = _less_both(x[i], top, by)


@inlined
def _less_both(x, top, by):
    return (x - top) - by


@inlined
def _weighted_distance(weight, x, top, log_sum):
    return weight * (log_sum + (top - x))


@device
def _scale(x, by, count):
    for i in range(count):
        x[i] = x[i] * by


@device
def _dot(x, y, count):
    total = like(0, x[0])
    for i in range(count):
        total += x[i] * y[i]
    return total


@device
def _group(columns):
    """How many rows are taken together."""
    return max(1, ROOM // columns)


@device
def _exponentials(out, x, tops, rows, columns):
    """out = exp(x - maximum of the row) for a group of rows, and those maxima in `tops`."""
    for row in range(rows):
        part = at(x, row * columns)
        tops[row] = _largest(part, columns)
        _shift(at(out, row * columns), part, tops[row], columns)
    each(exp, out, rows * columns, (out,))


@device
def _sum_of_exponentials(x, shift, columns, room):
    """The sum of exp(x - shift) over one row of any length."""
    total = like(0, shift)
    for begin in range(0, columns, ROOM):
        count = min(ROOM, columns - begin)
        _shift(room, at(x, begin), shift, count)
        each(exp, room, count, (room,))
        total += _total(room, count)
    return total


@device
def _log_sums(out, tops, x, rows, columns, room):
    """out = log(sum(exp(x - maximum of the row))) for a group of rows, and those maxima in `tops`.

    The two are never added up: where x is large, the sum would lose the smaller one's digits.
    """
    if rows * columns <= ROOM:
        _exponentials(room, x, tops, rows, columns)
        for row in range(rows):
            out[row] = _total(at(room, row * columns), columns)
    else:
        for row in range(rows):
            part = at(x, row * columns)
            tops[row] = _largest(part, columns)
            out[row] = _sum_of_exponentials(part, tops[row], columns, room)
    each(log, out, rows, (out,))


def _in_registers32(x, y, rows, columns):
    if not short_rows.fits(x, columns):
        return False
    short_rows.softmax_rows(x, y, rows, columns)
    return True


def _in_registers64(x, y, rows, columns):
    return False


def _in_registers(x: Any, y: Any, rows: int, columns: int) -> Any:
    """Take the softmax where rows fit registers; whether they do."""
    return _in_registers64(x, y, rows, columns)


overload(_in_registers, jit_options=OPTIONS)(
    lambda x, y, rows, columns: _in_registers32 if x.dtype == types.float32 else _in_registers64
)


@kernel
def softmax(a, t, worker, workers):
    """exp(x) over its sum, each row of x (rows, columns)."""
    x, y, rows, columns = pointer(a[0], t), pointer(a[1], t), a[2], a[3]
    group, tops = _group(columns), stack(x, ROOM)
    first, last = share(rows, group, worker, workers)
    if _in_registers(at(x, first * columns), at(y, first * columns), last - first, columns):
        return
    for begin in range(first, last, group):
        count = min(group, last - begin)
        out = at(y, begin * columns)
        _exponentials(out, at(x, begin * columns), tops, count, columns)
        for row in range(count):
            part = at(out, row * columns)
            _scale(part, 1 / _total(part, columns), columns)


@kernel
def log_softmax(a, t, worker, workers):
    """x less the logarithm of the sum of exp(x), each row of x (rows, columns)."""
    x, y, rows, columns = pointer(a[0], t), pointer(a[1], t), a[2], a[3]
    room, sums, tops = stack(x, ROOM), stack(x, ROOM), stack(x, ROOM)
    group = _group(columns)
    first, last = share(rows, group, worker, workers)
    for begin in range(first, last, group):
        count = min(group, last - begin)
        _log_sums(sums, tops, at(x, begin * columns), count, columns, room)
        for row in range(count):
            place = (begin + row) * columns
            _shift_twice(at(y, place), at(x, place), tops[row], sums[row], columns)


@kernel
def softmax_grad(a, t, worker, workers):
    """dx = y * (dy - sum(y * dy)), each row."""
    y, dy, dx, rows, columns = pointer(a[0], t), pointer(a[1], t), pointer(a[2], t), a[3], a[4]
    first, last = share(rows, _group(columns), worker, workers)
    for row in range(first, last):
        value, slope, out = at(y, row * columns), at(dy, row * columns), at(dx, row * columns)
        dot = _dot(value, slope, columns)
        for i in range(columns):
            out[i] = value[i] * (slope[i] - dot)


@kernel
def log_softmax_grad(a, t, worker, workers):
    """dx = dy - exp(y) * sum(dy), each row."""
    y, dy, dx, rows, columns = pointer(a[0], t), pointer(a[1], t), pointer(a[2], t), a[3], a[4]
    room = stack(y, ROOM)
    first, last = share(rows, _group(columns), worker, workers)
    for row in range(first, last):
        total = _total(at(dy, row * columns), columns)
        for begin in range(0, columns, ROOM):
            place, count = row * columns + begin, min(ROOM, columns - begin)
            each(exp, room, count, (at(y, place),))
            slope, out = at(dy, place), at(dx, place)
            for i in range(count):
                out[i] = slope[i] - room[i] * total


@device
def _label(labels, row, columns):
    """The class of a row, or -1 where it is none."""
    value = labels[row]
    if value >= 0 and value < columns:
        return int(value)
    return -1


@kernel
def sparse_cross_entropy(a, t, worker, workers):
    """loss = log(sum(exp(x))) - x[label], each row; NaN where the label is no class."""
    x, labels, loss, rows, columns = pointer(a[0], t), pointer(a[1], t), pointer(a[2], t), a[3], a[4]
    room = stack(x, ROOM)
    group, tops = _group(columns), stack(x, ROOM)
    first, last = share(rows, group, worker, workers)
    for begin in range(first, last, group):
        count = min(group, last - begin)
        out = at(loss, begin)
        _log_sums(out, tops, at(x, begin * columns), count, columns, room)
        for row in range(count):
            label = _label(labels, begin + row, columns)
            if label >= 0:
                out[row] = _weighted_distance(
                    like(1, out[row]), x[(begin + row) * columns + label], tops[row], out[row]
                )
            else:
                out[row] = like(math.nan, out[row])


@kernel
def sparse_cross_entropy_grad(a, t, worker, workers):
    """dx = (softmax(x) - onehot(label)) * g, each row; NaN where the label is no class."""
    x, labels, g, dx, rows, columns = pointer(a[0], t), pointer(a[1], t), pointer(a[2], t), pointer(a[3], t), a[4], a[5]
    group, tops = _group(columns), stack(x, ROOM)
    first, last = share(rows, group, worker, workers)
    for begin in range(first, last, group):
        count = min(group, last - begin)
        out = at(dx, begin * columns)
        _exponentials(out, at(x, begin * columns), tops, count, columns)
        for row in range(count):
            part = at(out, row * columns)
            label = _label(labels, begin + row, columns)
            slope = g[(begin + row) * a[6]] if label >= 0 else like(math.nan, g[0])
            _scale(part, slope / _total(part, columns), columns)
            if label >= 0:
                part[label] -= slope


@kernel
def dense_cross_entropy(a, t, worker, workers):
    """loss = sum(target * (log(sum(exp(x))) - x)), each row."""
    x, target, loss, rows, columns = pointer(a[0], t), pointer(a[1], t), pointer(a[2], t), a[3], a[4]
    room = stack(x, ROOM)
    group, tops = _group(columns), stack(x, ROOM)
    first, last = share(rows, group, worker, workers)
    for begin in range(first, last, group):
        count = min(group, last - begin)
        out = at(loss, begin)
        _log_sums(out, tops, at(x, begin * columns), count, columns, room)
        for row in range(count):
            place = (begin + row) * columns
            out[row] = _weighted(at(target, place), at(x, place), tops[row], out[row], columns)


@device
def _weighted(target, x, top, log_sum, count):
    total = like(0, log_sum)
    for i in range(count):
        total += _weighted_distance(target[i], x[i], top, log_sum)
    return total


@kernel
def dense_cross_entropy_grad(a, t, worker, workers):
    """dx = (softmax(x) * sum(target) - target) * g, each row."""
    x, target, g, dx, rows, columns = pointer(a[0], t), pointer(a[1], t), pointer(a[2], t), pointer(a[3], t), a[4], a[5]
    group, tops = _group(columns), stack(x, ROOM)
    first, last = share(rows, group, worker, workers)
    for begin in range(first, last, group):
        count = min(group, last - begin)
        out = at(dx, begin * columns)
        _exponentials(out, at(x, begin * columns), tops, count, columns)
        for row in range(count):
            part, wanted = at(out, row * columns), at(target, (begin + row) * columns)
            slope = g[(begin + row) * a[6]]
            scale = slope * _total(wanted, columns) / _total(part, columns)
            for i in range(columns):
                part[i] = part[i] * scale - wanted[i] * slope


FORWARD = {"softmax": softmax, "log_softmax": log_softmax}
GRADS = {"softmax_grad": softmax_grad, "log_softmax_grad": log_softmax_grad}
LOSSES = {
    "sparse": (sparse_cross_entropy, sparse_cross_entropy_grad),
    "dense": (dense_cross_entropy, dense_cross_entropy_grad),
}


def instructions(name: str, x: int, y: int, rows: int, columns: int) -> Instructions:
    """The call of "softmax" or "log_softmax" that writes y (rows, columns) from x (rows, columns); addresses.

    Raises KeyError for another name.
    """
    return [(FORWARD[name], [x, y, rows, columns], True)]


def grad_instructions(name: str, y: int, dy: int, dx: int, rows: int, columns: int) -> Instructions:
    """The call of "softmax_grad" or "log_softmax_grad": dx from the output y and its gradient dy; addresses.

    Raises KeyError for another name.
    """
    return [(GRADS[name], [y, dy, dx, rows, columns], True)]


def cross_entropy(kind: str, logits: int, target: int, loss: int, rows: int, columns: int) -> Instructions:
    """The call that writes the loss (rows) from logits (rows, columns); addresses.

    The target is labels (rows), whole numbers in the element type, for the kind "sparse", and weights of the classes
    (rows, columns) for "dense". Raises KeyError for another kind.
    """
    return [(LOSSES[kind][0], [logits, target, loss, rows, columns], True)]


def cross_entropy_grad(
    kind: str, logits: int, target: int, g: int, d_logits: int, rows: int, columns: int, g_stride: int = 1
) -> Instructions:
    """The call that writes d_logits (rows, columns), given the gradient g (rows) of `cross_entropy`; addresses.

    With a `g_stride` of 0 the gradient is one number for all rows. Raises KeyError for another kind.
    """
    return [(LOSSES[kind][1], [logits, target, g, d_logits, rows, columns, g_stride], True)]
