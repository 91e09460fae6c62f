"""Multiply: the product of its inputs."""

from netstudio.layers.merge import Merge
from netstudio.ops import Ops, Value


class Multiply(Merge):
    """Multiplies its inputs value by value, as gates and attention masks do.

    Inputs of one shape give that shape; an axis of one cell is repeated.
    """

    icon = "multiply"
    keywords = ("product", "times", "*", "mul", "gate", "scale", "mask", "merge")
    keras, torch, onnx = "Multiply", "mul", "Mul"

    def combine(self, ops: Ops, a: Value, b: Value) -> Value:
        return a * b
