"""What layers that work along one axis share. Axes count the batch axis as 0, as in Keras; -1 is the last."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from netstudio.errors import ShapeError
from netstudio.graph.params import Int, Ints
from netstudio.graph.problems import InsertBefore, SetParam
from netstudio.graph.tensor import TensorSpec
from netstudio.ops import Ops, Value


class Axes(Ints):
    """Any numbers of axes, negative ones from the end; one number stands for a list of one, or for all of `length`."""

    def __init__(self, length: int | None, default: Any = None, **more: Any) -> None:
        super().__init__(length, default, minimum=-16, **more)

    def _expected(self) -> str:
        return "an axis or a list of axes" if self.length is None else f"an axis or a list of {self.length} axes"

    def _check(self, value: Any) -> tuple[int, ...]:
        return super()._check(value if isinstance(value, (list, tuple)) else [value] * (self.length or 1))


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


def sample_axes(x: TensorSpec, axes: tuple[int, ...] | None) -> tuple[int, ...]:
    """The axes, with the batch axis as 0, sorted and each once; None means all of a sample."""
    if axes is None:
        return tuple(range(1, len(x.shape) + 1))
    return tuple(sorted({sample_axis(x, axis) for axis in axes}))


def lie_along(ops: Ops, weight: Value, axis: int, rank: int) -> Value:
    """A weight of one axis in the shape in which it broadcasts along `axis` of `rank` axes."""
    after = rank - 1 - axis % rank
    return ops.reshape(weight, (*weight.shape, *(1,) * after)) if after else weight


def along_last(ops: Ops, x: Value, axis: int, function: Callable[[Value], Value]) -> Value:
    """What `function`, which works along the last axis, makes of `x` along `axis`."""
    axis %= x.ndim
    if axis == x.ndim - 1:
        return function(x)
    order = [*range(axis), *range(axis + 1, x.ndim), axis]
    back = sorted(range(x.ndim), key=order.__getitem__)
    return ops.transpose(function(ops.transpose(x, order)), back)
