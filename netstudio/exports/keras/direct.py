"""Nodes that are one function of `keras.ops`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import accumulate
from typing import Any

from netstudio.exports.keras.net import Shape, Tensor
from netstudio.exports.keras.operations import MODULES, Operations
from netstudio.graph.tensor import TensorSpec
from netstudio.layers.activations import Activation
from netstudio.layers.axes import sample_axes
from netstudio.layers.reduce import Reduce

Function = Callable[[Operations, Any, Sequence[Tensor], Sequence[Shape]], tuple[Tensor, ...] | None]


def as_function(
    ops: Operations, type: Any, inputs: Sequence[Tensor], shapes: Sequence[Shape]
) -> tuple[Tensor, ...] | None:
    """What comes out of the node, where one function does what it does; None where none does."""
    if isinstance(type, Activation) and type.activation_name in MODULES:
        return ops.several(type.activation_name, inputs, shapes, **type.params)
    if isinstance(type, Reduce):
        return _reduced(ops, type, inputs, shapes)
    rule = FUNCTIONS.get(type.name)
    return rule(ops, type, inputs, shapes) if rule is not None else None


def _reduced(
    ops: Operations, type: Reduce, inputs: Sequence[Tensor], shapes: Sequence[Shape]
) -> tuple[Tensor, ...] | None:
    axes = sample_axes(TensorSpec((1,) * (len(inputs[0].shape) - 1)), type.axis)
    op = type.name.removeprefix("Reduce").lower()
    return ops.several(op, inputs, shapes, axis=list(axes), keepdims=type.keepdims) if axes else None


def _of_two(op: str) -> Function:
    """A function of two inputs, where their samples have as many axes: others broadcast from the last axis in Keras."""

    def rule(ops: Operations, type: Any, inputs: Sequence[Tensor], shapes: Sequence[Shape]) -> Any:
        alike = len(inputs[0].shape) == len(inputs[1].shape)
        return ops.several(op, inputs, shapes) if alike else None

    return rule


def _stack(ops: Operations, type: Any, inputs: Sequence[Tensor], shapes: Sequence[Shape]) -> tuple[Tensor, ...]:
    return ops.several("stack", [list(inputs)], shapes, axis=type.axis)


def _split(ops: Operations, type: Any, inputs: Sequence[Tensor], shapes: Sequence[Shape]) -> tuple[Tensor, ...]:
    sections = type.parts if type.size is None else list(accumulate(type.size))
    return ops.several("split", inputs, shapes, indices_or_sections=sections, axis=type.axis)


def _slice(ops: Operations, type: Any, inputs: Sequence[Tensor], shapes: Sequence[Shape]) -> tuple[Tensor, ...] | None:
    if type.step < 0:  # PyTorch, which may run the model, takes no step back
        return None
    cuts = [slice(None)] * len(inputs[0].shape)
    if shapes[0] == inputs[0].shape:
        return tuple(inputs)
    cuts[type.axis] = slice(type.start, type.stop, None if type.step == 1 else type.step)
    return ops.several("get_item", [inputs[0], cuts], shapes, inputs[0].dtype)


def _glu(ops: Operations, type: Any, inputs: Sequence[Tensor], shapes: Sequence[Shape]) -> tuple[Tensor, ...]:
    return ops.several("glu", inputs, shapes, axis=type.axis)


FUNCTIONS: Mapping[str, Function] = {
    "Divide": _of_two("divide"),
    "MatMul": _of_two("matmul"),
    "Stack": _stack,
    "Split": _split,
    "Slice": _slice,
    "GLU": _glu,
}
