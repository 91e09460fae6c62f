"""ReduceMax: the largest value along some axes."""

from netstudio.layers.reduce import Reduce
from netstudio.ops import Ops, Value


class ReduceMax(Reduce):
    """Takes the largest of all values along one or more axes.

    Input (a, b, c) with axis 2 gives (a, c), or (a, 1, c) with keepdims; without an axis one number.
    Equal ones share the gradient.
    """

    keywords = ("max", "maximum", "largest", "amax", "reduce", "aggregate")
    keras, torch, onnx = "ops.max", "amax", "ReduceMax"

    def reduced(self, ops: Ops, x: Value, axes: tuple[int, ...]) -> Value:
        return ops.max(x, axes, self.keepdims)
