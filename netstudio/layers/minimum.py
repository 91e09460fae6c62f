"""Minimum: the smallest of its inputs."""

from netstudio.layers.merge import Merge
from netstudio.ops import Ops, Value


class Minimum(Merge):
    """Takes the smallest of its inputs, value by value.

    Inputs of one shape give that shape; an axis of one cell is repeated. The gradient goes to the first of equal ones.
    """

    icon = "minimum"
    keywords = ("smallest", "min", "merge")
    keras, torch, onnx = "Minimum", "minimum", "Min"

    def combine(self, ops: Ops, a: Value, b: Value) -> Value:
        return ops.minimum(a, b)
