"""Concatenate: its inputs side by side."""

from netstudio.errors import ShapeError
from netstudio.graph.node_type import Port
from netstudio.graph.params import Int
from netstudio.graph.problems import InsertBefore, SetParam
from netstudio.graph.tensor import TensorSpec
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

    axis = Int(-1, doc="The axis to join along; it counts the batch axis as 0, and -1 is the last.")

    def caption(self) -> str:
        return "" if self.axis == -1 else f"axis {self.axis}"

    def infer(self, *inputs: TensorSpec) -> TensorSpec:
        first = inputs[0]
        place = self._place(first)
        for other in inputs[1:]:
            self._check_pair(first, other, place)
        size = sum(x.shape[place] for x in inputs)
        return TensorSpec((*first.shape[:place], size, *first.shape[place + 1 :]), first.dtype)

    def _place(self, x: TensorSpec) -> int:
        """The axis among those of a sample."""
        rank = len(x.shape) + 1
        if not x.shape:
            raise ShapeError(
                "an input has the shape (), which has no axis to join along; expected (..., features)",
                hints=(InsertBefore("Reshape", {"target_shape": [1]}),),
            )
        if not -rank <= self.axis < rank or self.axis % rank == 0:
            raise ShapeError(
                f"axis is {self.axis}, which inputs of the shape {x.shape} do not have; expected 1 to {rank - 1} or "
                f"-1 to {1 - rank} (0 is the batch axis)",
                hints=(SetParam("axis", -1),),
            )
        return self.axis % rank - 1

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
