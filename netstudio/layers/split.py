"""Split: an axis in two parts."""

from __future__ import annotations

from netstudio.errors import ShapeError
from netstudio.graph.node_type import Port
from netstudio.graph.params import Int
from netstudio.graph.problems import SetParam
from netstudio.graph.tensor import TensorSpec
from netstudio.layers.axes import axis_caption, axis_param, sample_axis
from netstudio.layers.base import Layer
from netstudio.ops import Ops, Value


class Split(Layer):
    """Cuts an axis in two and gives both parts: for branches that see half of the features each, say.

    Input (..., n) gives (..., size) at `first` and (..., n - size) at `rest`; split `rest` again for more parts.
    """

    category = "merge"
    icon = "split"
    keywords = ("chunk", "divide", "branch", "halves", "unstack", "parts")
    keras, torch, onnx = "ops.split", "split", "Split"
    outputs = (Port("first", "The first `size` cells."), Port("rest", "What is left."))

    axis = axis_param("that is cut")
    size = Int(None, minimum=1, doc="How many cells the first part has; none takes half of them.")

    def caption(self) -> str:
        size = "half" if self.size is None else str(self.size)
        return " · ".join(p for p in (size, axis_caption(self.axis)) if p)

    def infer(self, x: TensorSpec) -> tuple[TensorSpec, TensorSpec]:
        place = sample_axis(x, self.axis) - 1
        count = x.shape[place]
        size = self.size or count // 2
        if not 0 < size < count or (self.size is None and count % 2):
            wanted = "an even number" if self.size is None else f"more than {self.size}"
            raise ShapeError(
                f"the input has the shape {x.shape}, {count} along axis {place + 1}; expected {wanted}",
                hints=(SetParam("size", count // 2),) if count > 1 else (),
            )
        first, rest = ((*x.shape[:place], n, *x.shape[place + 1 :]) for n in (size, count - size))
        return TensorSpec(first, x.dtype), TensorSpec(rest, x.dtype)

    def lower(self, ops: Ops, x: Value) -> tuple[Value, Value]:
        count = x.shape[self.axis % x.ndim]
        size = self.size or count // 2
        return ops.slice(x, self.axis, 0, size), ops.slice(x, self.axis, size, count)
