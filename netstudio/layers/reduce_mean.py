"""ReduceMean: the mean along some axes."""

from netstudio.layers.reduce import Reduce
from netstudio.ops import Ops, Value


class ReduceMean(Reduce):
    """Takes the mean of all values along one or more axes.

    Input (a, b, c) with axis 2 gives (a, c), or (a, 1, c) with keepdims; without an axis one number.
    """

    keywords = ("mean", "average", "avg", "reduce", "aggregate")
    keras, torch, onnx = "ops.mean", "mean", "ReduceMean"

    def reduced(self, ops: Ops, x: Value, axes: tuple[int, ...]) -> Value:
        return ops.mean(x, axes, self.keepdims)
