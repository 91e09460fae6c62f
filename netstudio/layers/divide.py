"""Divide: the quotient of two inputs."""

from netstudio.layers.merge import Pair
from netstudio.ops import Ops, Value


class Divide(Pair):
    """Divides the first input by the second, value by value: y = a / b.

    Inputs of one shape give that shape; an axis of one cell is repeated. What is divided by zero is infinite or no
    number.
    """

    icon = "divide"
    keywords = ("quotient", "ratio", "over", "/", "div", "merge")
    keras, torch, onnx = "ops.divide", "div", "Div"

    def combine(self, ops: Ops, a: Value, b: Value) -> Value:
        return a / b
