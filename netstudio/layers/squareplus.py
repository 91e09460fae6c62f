"""Squareplus: a smooth rectifier without exponentials."""

from netstudio.graph.params import Float
from netstudio.layers.activations import Activation
from netstudio.ops import Ops, Value


class Squareplus(Activation):
    """Lets positive values pass and bends towards zero smoothly, without exponentials.

    y = (x + sqrt(x² + b)) / 2. Barron, "Squareplus: A Softplus-Like Algebraic Rectifier", 2021.
    """

    keywords = ("smooth", "softplus", "algebraic", "rectifier", "activation")
    keras, torch, onnx = "Activation", None, None
    without = {"torch": "PyTorch has no such layer", "onnx": "it is Mul, Add and Sqrt there"}
    activation_name = "squareplus"

    b = Float(4.0, above=0.0, doc="How wide the bend is.")

    def caption(self) -> str:
        return f"b {self.b:g}"

    def lower(self, ops: Ops, x: Value) -> Value:
        return (x + ops.sqrt(ops.square(x) + self.b)) * 0.5
