"""ReduceSum: the sum along some axes."""

from netstudio.layers.reduce import Reduce
from netstudio.ops import Ops, Value


class ReduceSum(Reduce):
    """Takes the sum of all values along one or more axes.

    Input (a, b, c) with axis 2 gives (a, c), or (a, 1, c) with keepdims; without an axis one number.
    """

    keywords = ("sum", "total", "add up", "reduce", "aggregate")
    keras, torch, onnx = "ops.sum", "sum", "ReduceSum"

    def reduced(self, ops: Ops, x: Value, axes: tuple[int, ...]) -> Value:
        return ops.sum(x, axes, self.keepdims)
