"""What layers that work along one axis share. Axes count the batch axis as 0, as in Keras; -1 is the last."""

from __future__ import annotations

from collections.abc import Callable

from netstudio.errors import ShapeError
from netstudio.graph.params import Int
from netstudio.graph.problems import InsertBefore, SetParam
from netstudio.graph.tensor import TensorSpec
from netstudio.ops import Ops, Value


def axis_param(what: str) -> Int:
    return Int(-1, doc=f"The axis {what}; it counts the batch axis as 0, and -1 is the last.")


def axis_caption(axis: int) -> str:
    return "" if axis == -1 else f"axis {axis}"


def sample_axis(x: TensorSpec, axis: int, param: str = "axis") -> int:
    """The axis, with the batch axis as 0; ShapeError where a sample has none of that number."""
    rank = len(x.shape) + 1
    if not x.shape:
        raise ShapeError(
            "the input has the shape (), one number without an axis; expected (..., features)",
            hints=(InsertBefore("Reshape", {"target_shape": [1]}),),
        )
    if not -rank <= axis < rank or axis % rank == 0:
        raise ShapeError(
            f"{param} is {axis}, which an input of the shape {x.shape} does not have; expected 1 to {rank - 1} or "
            f"-1 to {1 - rank} (0 is the batch axis)",
            hints=(SetParam("axis", -1),) if param == "axis" else (),
        )
    return axis % rank


def along_last(ops: Ops, x: Value, axis: int, function: Callable[[Value], Value]) -> Value:
    """What `function`, which works along the last axis, makes of `x` along `axis`."""
    axis %= x.ndim
    if axis == x.ndim - 1:
        return function(x)
    order = [*range(axis), *range(axis + 1, x.ndim), axis]
    back = sorted(range(x.ndim), key=order.__getitem__)
    return ops.transpose(function(ops.transpose(x, order)), back)
