"""Subtract: the difference of two inputs."""

from netstudio.layers.merge import Pair
from netstudio.ops import Ops, Value


class Subtract(Pair):
    """Takes the second input from the first, value by value: y = a - b.

    Inputs of one shape give that shape; an axis of one cell is repeated.
    """

    icon = "subtract"
    keywords = ("minus", "difference", "-", "sub", "merge")
    keras, torch, onnx = "Subtract", "sub", "Sub"

    def combine(self, ops: Ops, a: Value, b: Value) -> Value:
        return a - b
