"""Permute: axes in another order."""

from __future__ import annotations

from netstudio.errors import ShapeError
from netstudio.graph.params import Ints
from netstudio.graph.problems import SetParam
from netstudio.graph.tensor import TensorSpec
from netstudio.layers.base import Layer
from netstudio.ops import Ops, Value


class Permute(Layer):
    """Puts the axes of a sample in another order.

    dims [2, 1] turns (steps, features) into (features, steps); 1 is the first axis after the batch.
    """

    category = "merge"
    icon = "permute"
    keywords = ("transpose", "swap", "axes", "swapaxes", "moveaxis", "shape")
    keras, torch, onnx = "Permute", "permute", "Transpose"

    dims = Ints(None, initial=[2, 1], doc="The old axes in their new order; 1 is the first after the batch.")

    def caption(self) -> str:
        return ", ".join(map(str, self.dims))

    def infer(self, x: TensorSpec) -> TensorSpec:
        axes = list(range(1, len(x.shape) + 1))
        if sorted(self.dims) != axes:
            raise ShapeError(
                f"dims is {list(self.dims)}, but the input has the shape {x.shape}; expected each of {axes} once",
                hints=(SetParam("dims", tuple(reversed(axes))),) if axes else (),
            )
        return TensorSpec(tuple(x.shape[d - 1] for d in self.dims), x.dtype)

    def lower(self, ops: Ops, x: Value) -> Value:
        return ops.transpose(x, (0, *self.dims))
