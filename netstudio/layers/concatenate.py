"""Concatenate: its inputs side by side."""

from __future__ import annotations

import functools
from collections.abc import Sequence

from netstudio.errors import ShapeError
from netstudio.graph.node_type import Port
from netstudio.graph.problems import SetParam
from netstudio.graph.tensor import TensorSpec
from netstudio.layers.axes import axis_caption, axis_param, sample_axis
from netstudio.layers.base import Layer
from netstudio.ops import Ops, Value


class Concatenate(Layer):
    """Puts its inputs side by side along one axis, by default the last.

    Inputs (..., a) and (..., b) give (..., a + b), in the order of the wires; every other axis must agree.
    """

    category = "merge"
    icon = "concatenate"
    keywords = ("concat", "join", "stack", "cat", "skip", "merge", "depth concat")
    keras, torch, onnx = "Concatenate", "cat", "Concat"
    inputs = (Port("in", "Any number of inputs, joined in the order of their wires.", variadic=True),)

    passes_mask = True

    axis = axis_param("to join along")

    def caption(self) -> str:
        return axis_caption(self.axis)

    def infer(self, *inputs: TensorSpec) -> TensorSpec:
        first = inputs[0]
        place = sample_axis(first, self.axis) - 1
        for other in inputs[1:]:
            self._check_pair(first, other, place)
        size = sum(x.shape[place] for x in inputs)
        return TensorSpec((*first.shape[:place], size, *first.shape[place + 1 :]), first.dtype)

    def _check_pair(self, a: TensorSpec, b: TensorSpec, place: int) -> None:
        if a.dtype != b.dtype:
            raise ShapeError(
                f"the inputs of the shapes {a.shape} and {b.shape} hold {a.dtype} and {b.dtype} values; expected one "
                "kind: change the dtype of an Input"
            )
        differing = [i for i, (m, n) in enumerate(zip(a.shape, b.shape)) if m != n and i != place]
        if len(a.shape) != len(b.shape) or differing:
            raise ShapeError(
                f"the inputs have the shapes {a.shape} and {b.shape}; expected equal shapes but for axis {place + 1}",
                hints=[SetParam("axis", differing[0] + 1)] if _only_axis(a, b) else (),
            )

    def masked(self, *inputs: TensorSpec) -> tuple[bool, ...]:
        ways = any if self._is_along_steps(len(inputs[0].shape) + 1) else all
        return (ways(x.masked for x in inputs),)

    def _is_along_steps(self, rank: int) -> bool:
        return self.axis % rank < rank - 1

    def lower(self, ops: Ops, *inputs: Value) -> Value:
        axis = self.axis % inputs[0].ndim
        self._join_masks(ops, inputs, axis)
        return ops.concatenate(inputs, axis)

    def _join_masks(self, ops: Ops, inputs: Sequence[Value], axis: int) -> None:
        """Along the steps the masks one behind the other; side by side, a step counts where it does in one input."""
        rank = max((mask.ndim for mask in ops.masks if mask is not None), default=0)
        masks = [_with_rank(ops, m, x.shape[:rank]) for m, x in zip(ops.masks, inputs)]
        if axis < rank:
            ops.set_mask(ops.concatenate(masks, axis))
        elif rank:
            ops.set_mask(functools.reduce(ops.maximum, masks))


def _with_rank(ops: Ops, mask: Value | None, shape: tuple[int, ...]) -> Value:
    """The mask of an input in that shape; without one everything counts."""
    if mask is None:
        return ops.broadcast_to(ops.constant(1.0), shape)
    return ops.broadcast_to(ops.reshape(mask, (*mask.shape, *(1,) * (len(shape) - mask.ndim))), shape)


def _only_axis(a: TensorSpec, b: TensorSpec) -> bool:
    """Whether the two could be joined along another axis."""
    return len(a.shape) == len(b.shape) and sum(m != n for m, n in zip(a.shape, b.shape)) == 1
