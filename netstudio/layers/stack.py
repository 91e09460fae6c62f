"""Stack: its inputs one behind the other, along a new axis."""

from __future__ import annotations

from netstudio.errors import ShapeError
from netstudio.graph.node_type import Port
from netstudio.graph.problems import SetParam
from netstudio.graph.tensor import TensorSpec
from netstudio.layers.axes import axis_caption, axis_param
from netstudio.layers.base import Layer
from netstudio.ops import Ops, Value


class Stack(Layer):
    """Puts its inputs one behind the other along a new axis, by default the last.

    n inputs of the shape (a, b) give (a, b, n), or (n, a, b) with axis 1, in the order of the wires.
    """

    category = "merge"
    icon = "concatenate"
    keywords = ("join", "pack", "new axis", "expand_dims", "merge")
    keras, torch, onnx = "ops.stack", "stack", None
    without = {"onnx": "it is Unsqueeze and Concat there"}
    inputs = (Port("in", "Any number of inputs of one shape, in the order of their wires.", variadic=True),)

    axis = axis_param("of the output that is new")

    def caption(self) -> str:
        return axis_caption(self.axis)

    def infer(self, *inputs: TensorSpec) -> TensorSpec:
        first = inputs[0]
        for other in inputs[1:]:
            if other != first:
                raise ShapeError(
                    f"the inputs {first.shape} ({first.dtype}) and {other.shape} ({other.dtype}) differ; expected one "
                    "shape and one kind of values"
                )
        rank = len(first.shape) + 2
        if not -rank <= self.axis < rank or self.axis % rank == 0:
            raise ShapeError(
                f"axis is {self.axis}, which the output for inputs {first.shape} can't have; expected 1 to {rank - 1} "
                f"or -1 to {1 - rank} (0 is the batch axis)",
                hints=(SetParam("axis", -1),),
            )
        place = self.axis % rank - 1
        return TensorSpec((*first.shape[:place], len(inputs), *first.shape[place:]), first.dtype)

    def lower(self, ops: Ops, *inputs: Value) -> Value:
        place = self.axis % (inputs[0].ndim + 1)
        return ops.concatenate([ops.reshape(x, (*x.shape[:place], 1, *x.shape[place:])) for x in inputs], place)
