"""ReduceMin: the smallest value along some axes."""

from netstudio.layers.reduce import Reduce
from netstudio.ops import Ops, Value


class ReduceMin(Reduce):
    """Takes the smallest of all values along one or more axes.

    Input (a, b, c) with axis 2 gives (a, c), or (a, 1, c) with keepdims; without an axis one number.
    Equal ones share the gradient.
    """

    keywords = ("min", "minimum", "smallest", "amin", "reduce", "aggregate")
    keras, torch, onnx = "ops.min", "amin", "ReduceMin"

    def reduced(self, ops: Ops, x: Value, axes: tuple[int, ...]) -> Value:
        return ops.min(x, axes, self.keepdims)
