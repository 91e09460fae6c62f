"""Cells repeated along axes, as up-sampling does: ONNX's Resize in place of broadcasts between reshapes."""

from __future__ import annotations

import numpy as np

from netstudio.exports.onnx.tensors import Const
from netstudio.exports.onnx.values import Values, in_order
from netstudio.exports.program import Dims, Samples, Step


def resize(v: Values, s: Step) -> bool:
    """The reshape `s` as a Resize, where what it reshapes repeats cells; whether it does."""
    found = _repeated(v, s.inputs[0], s.shape)
    if found is None or found[0] == s.inputs[0]:
        return False
    source, factors = found
    first = v.lies_first(source)
    scales = Const(np.asarray(in_order(factors, first), np.float32))
    made = v.add(
        "Resize", v.get(source, first), None, scales, mode="nearest", nearest_mode="floor",
        coordinate_transformation_mode="asymmetric",
    )  # fmt: skip
    v.put(s, made, first)
    return True


def _repeated(v: Values, number: int, shape: Dims) -> tuple[int, tuple[int, ...]] | None:
    """Of what, and how often along each axis, the step's elements under `shape` are the repeated cells."""
    step = v.program[number]
    if step.shape == shape:
        return number, (1,) * len(shape)
    spread = _spread_axis(v, step)
    if spread is None or len(step.shape) != len(shape) + 1 or _without(step.shape, spread, merged=True) != shape:
        return None
    inner, factor = v.program[step.inputs[0]], step.shape[spread]
    assert not isinstance(factor, Samples)
    found = _repeated(v, inner.inputs[0], _without(inner.shape, spread))
    if found is None or v.uses[inner.number] != 1:
        return None
    source, factors = found
    return source, tuple(n * factor if axis == spread - 1 else n for axis, n in enumerate(factors))


def _spread_axis(v: Values, step: Step) -> int | None:
    """The one axis along which a reshaped value is broadcast, behind the axis whose cells that repeats."""
    if step.op != "copy" or v.uses[step.number] != 1:
        return None
    inner = v.program[step.inputs[0]]
    if inner.op != "reshape" or len(inner.shape) != len(step.shape):
        return None
    axes = [a for a, (n, m) in enumerate(zip(inner.shape, step.shape, strict=True)) if n != m]
    return axes[0] if len(axes) == 1 and axes[0] > 1 else None


def _without(shape: Dims, axis: int, merged: bool = False) -> Dims:
    """The shape less an axis, whose size that before it is multiplied by if `merged`."""
    kept = [*shape[:axis], *shape[axis + 1 :]]
    size, before = shape[axis], shape[axis - 1]
    if merged and not isinstance(size, Samples) and not isinstance(before, Samples):
        kept[axis - 1] = before * size
    return tuple(kept)
