"""Concatenate: its inputs side by side."""

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

    def lower(self, ops: Ops, *inputs: Value) -> Value:
        return ops.concatenate(inputs, self.axis % inputs[0].ndim)


def _only_axis(a: TensorSpec, b: TensorSpec) -> bool:
    """Whether the two could be joined along another axis."""
    return len(a.shape) == len(b.shape) and sum(m != n for m, n in zip(a.shape, b.shape)) == 1
