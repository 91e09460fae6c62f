"""Operators whose inputs are all known are computed at once, with NumPy: shapes in the making, scaled weights.

The number of rows stands as BATCH in shapes, so that sums and products of sizes stay plain integers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import Any

import numpy as np

from netstudio.imports.onnx.reading import Array, Op

LARGEST = 1 << 28  # elements that folding makes at most
Known = Sequence[Array | None]  # what an operator reads; None for an input that is left out


def fold(op: Op, given: Known) -> tuple[Array, ...] | None:
    """What the operator makes of constants; None where it is none that is folded.

    Raises ValueError, IndexError, TypeError or KeyError where the inputs don't suit it.
    """
    function = FOLDS.get(op.type)
    if function is None or any(x is not None and x.dtype == object for x in given):
        return None
    with np.errstate(all="ignore"):
        made = function(op, given)
    return made if isinstance(made, tuple) else (np.asarray(made),)


def _need(given: Known, number: int = 0) -> Array:
    found = given[number] if number < len(given) else None
    if found is None:
        raise ValueError(f"its input {number + 1} is missing")
    return found


def ints(op: Op, given: Known, name: str, number: int) -> list[int] | None:
    """A list that newer operators take as an input and older ones as an attribute; None where it is left out."""
    if name in op.attributes:
        value = op.attributes[name]
        return [int(v) for v in value] if isinstance(value, list) else [int(value)]
    found = given[number] if number < len(given) else None
    return None if found is None else [int(v) for v in np.atleast_1d(found)]


def _elementwise(function: Callable[..., Any]) -> Callable[[Op, Known], Any]:
    def folded(op: Op, given: Known) -> Any:
        arrays = [_need(given, n) for n in range(len(given))]
        result = function(*arrays)
        return result if result.dtype == bool else result.astype(arrays[0].dtype, copy=False)

    return folded


def _divide(a: Array, b: Array) -> Any:
    """Integers are divided towards zero, as in C."""
    return np.trunc(a / b).astype(a.dtype) if a.dtype.kind in "iu" else a / b


def _limited(shape: Array) -> tuple[int, ...]:
    if any(n < 0 for n in shape):
        raise ValueError(f"the shape {tuple(shape)} is impossible")
    return tuple(int(n) for n in shape)


def _constant(op: Op, given: Known) -> Any:
    (name,) = op.attributes
    value = op.attributes[name]
    if name in ("value_float", "value_floats"):
        return np.asarray(value, np.float32)
    if name in ("value_int", "value_ints"):
        return np.asarray(value, np.int64)
    if not isinstance(value, np.ndarray):
        raise ValueError(f"its {name} is of no known kind")
    return value


def _filled(op: Op, given: Known) -> Any:
    value = op.attributes.get("value", np.zeros(1, np.float32))
    return np.broadcast_to(value.reshape(()), _limited(_need(given)))


def _expand(op: Op, given: Known) -> Any:
    x, shape = _need(given), _limited(_need(given, 1))
    return np.broadcast_to(x, np.broadcast_shapes(x.shape, shape))


def _gather(op: Op, given: Known) -> Any:
    x, at, axis = _need(given), _need(given, 1), op.attributes.get("axis", 0)
    if at.ndim == 0:  # a view, which costs nothing however many rows there are
        return np.moveaxis(x, axis, 0)[int(at)]
    _refuse_large(prod(x.shape) // max(x.shape[axis], 1) * at.size)
    return np.take(x, at, axis)


def _refuse_large(count: int) -> None:
    if count > LARGEST:
        raise ValueError(f"it would make a constant of {count:,} numbers")


def _concat(op: Op, given: Known) -> Any:
    parts = [_need(given, n) for n in range(len(given))]
    _refuse_large(sum(p.size for p in parts))
    return np.concatenate(parts, op.attributes["axis"])


def slices(op: Op, given: Known) -> list[tuple[int, int, int, int]]:
    """(axis, start, stop, step) of a Slice, as the file says them."""
    starts, stops = ints(op, given, "starts", 1), ints(op, given, "ends", 2)
    if starts is None or stops is None or len(starts) != len(stops):
        raise ValueError("its starts and ends do not match")
    axes = ints(op, given, "axes", 3) or list(range(len(starts)))
    steps = ints(op, given, "steps", 4) or [1] * len(starts)
    return list(zip(axes, starts, stops, steps, strict=True))


def cells(size: int, start: int, stop: int, step: int) -> range:
    """The cells that a Slice takes of `size`: ends beyond the axis are cut to it."""
    if step < 0 and stop < -size:
        return range(size)[start::step] if start >= -size else range(0)
    return range(size)[start:stop:step]


def _slice(op: Op, given: Known) -> Any:
    x = _need(given)
    for axis, start, stop, step in slices(op, given):
        taken = cells(x.shape[axis], start, stop, step)
        end = taken.stop if taken.stop >= 0 else None
        x = np.moveaxis(np.moveaxis(x, axis, 0)[taken.start : end : taken.step], 0, axis)
    return x


def _unsqueeze(op: Op, given: Known) -> Any:
    return np.expand_dims(_need(given), tuple(ints(op, given, "axes", 1) or ()))


def _squeeze(op: Op, given: Known) -> Any:
    axes = ints(op, given, "axes", 1)
    return np.squeeze(_need(given), None if axes is None else tuple(axes))


def _reshape(op: Op, given: Known) -> Any:
    x, shape = _need(given), [int(n) for n in _need(given, 1)]
    if not op.attributes.get("allowzero"):
        shape = [x.shape[n] if size == 0 else size for n, size in enumerate(shape)]
    if not any(x.strides) and x.size:  # one number for all: no copy
        free = x.size // abs(prod(shape)) if -1 in shape else 0
        return np.broadcast_to(x.flat[0], [free if n == -1 else n for n in shape])
    return x.reshape(shape)


def _split(op: Op, given: Known) -> tuple[Array, ...]:
    x, axis = _need(given), op.attributes.get("axis", 0)
    sizes = ints(op, given, "split", 1) or _equal_parts(x.shape[axis], len(op.outputs))
    return tuple(np.split(x, np.cumsum(sizes)[:-1], axis))


def _equal_parts(size: int, count: int) -> list[int]:
    """The last part is smaller where `count` does not divide."""
    each = -(-size // count)
    return [min(each, size - n * each) for n in range(count)]


def _cast(op: Op, given: Known) -> Any:
    import onnx

    if op.type == "CastLike":
        return _need(given).astype(_need(given, 1).dtype)
    return _need(given).astype(onnx.helper.tensor_dtype_to_np_dtype(op.attributes["to"]))


def _range(op: Op, given: Known) -> Any:
    start, stop, step = (float(_need(given, n).item()) for n in range(3))
    _refuse_large(int((stop - start) / step) if step else 0)
    return np.arange(start, stop, step).astype(_need(given).dtype)


def _shape(op: Op, given: Known) -> Any:
    return np.array(_need(given).shape[op.attributes.get("start", 0) : op.attributes.get("end")], np.int64)


def _size(op: Op, given: Known) -> Any:
    return np.array(_need(given).size, np.int64)


def _transpose(op: Op, given: Known) -> Any:
    return np.transpose(_need(given), op.attributes.get("perm"))


def _flatten(op: Op, given: Known) -> Any:
    x, axis = _need(given), op.attributes.get("axis", 1)
    return x.reshape(prod(x.shape[:axis]), -1)


def _tile(op: Op, given: Known) -> Any:
    _refuse_large(_need(given).size * int(np.prod(_need(given, 1))))
    return np.tile(_need(given), _need(given, 1))


def _reduce(function: Callable[..., Any]) -> Callable[[Op, Known], Any]:
    def folded(op: Op, given: Known) -> Any:
        axes = ints(op, given, "axes", 1)
        if axes is None and op.attributes.get("noop_with_empty_axes"):
            return _need(given)
        keep = bool(op.attributes.get("keepdims", 1))
        return function(_need(given), axis=None if axes is None else tuple(axes), keepdims=keep)

    return folded


def _matmul(op: Op, given: Known) -> Any:
    return _need(given) @ _need(given, 1)


def _where(op: Op, given: Known) -> Any:
    return np.where(_need(given), _need(given, 1), _need(given, 2))


def _same(op: Op, given: Known) -> Any:
    return _need(given)


def _many(function: Callable[[Array, Array], Any]) -> Callable[[Op, Known], Any]:
    def folded(op: Op, given: Known) -> Any:
        result = _need(given)
        for n in range(1, len(given)):
            result = function(result, _need(given, n))
        return result

    return folded


FOLDS: dict[str, Callable[[Op, Known], Any]] = {
    "Constant": _constant, "ConstantOfShape": _filled, "Expand": _expand, "Gather": _gather, "Concat": _concat,
    "Slice": _slice, "Unsqueeze": _unsqueeze, "Squeeze": _squeeze, "Reshape": _reshape, "Split": _split,
    "Cast": _cast, "CastLike": _cast, "Range": _range, "Transpose": _transpose, "Flatten": _flatten, "Tile": _tile,
    "Shape": _shape, "Size": _size, "Identity": _same, "Dropout": _same, "Where": _where, "MatMul": _matmul,
    "Add": _elementwise(np.add), "Sub": _elementwise(np.subtract), "Mul": _elementwise(np.multiply),
    "Div": _elementwise(_divide), "Mod": _elementwise(np.mod), "Pow": _elementwise(np.power),
    "Neg": _elementwise(np.negative), "Abs": _elementwise(np.abs), "Sqrt": _elementwise(np.sqrt),
    "Exp": _elementwise(np.exp), "Log": _elementwise(np.log), "Floor": _elementwise(np.floor),
    "Ceil": _elementwise(np.ceil), "Reciprocal": _elementwise(np.reciprocal), "Not": _elementwise(np.logical_not),
    "And": _elementwise(np.logical_and), "Or": _elementwise(np.logical_or), "Equal": _elementwise(np.equal),
    "Less": _elementwise(np.less), "Greater": _elementwise(np.greater),
    "LessOrEqual": _elementwise(np.less_equal), "GreaterOrEqual": _elementwise(np.greater_equal),
    "Min": _many(np.minimum), "Max": _many(np.maximum), "Sum": _many(np.add),
    "ReduceProd": _reduce(np.prod), "ReduceSum": _reduce(np.sum), "ReduceMax": _reduce(np.max),
    "ReduceMin": _reduce(np.min), "ReduceMean": _reduce(np.mean),
}  # fmt: skip
