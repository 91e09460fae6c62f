"""GELU: a smooth rectifier."""

from math import pi, sqrt

from netstudio.graph.params import Bool
from netstudio.layers.activations import Activation
from netstudio.ops import Ops, Value


class GELU(Activation):
    """Weighs each value by the chance that a normal variable is below it: a smooth rectifier.

    y = x / 2 · (1 + erf(x / √2)); approximately x / 2 · (1 + tanh(√(2/π) · (x + 0.044715 x³))). Hendrycks and Gimpel,
    2016.
    """

    keywords = ("gaussian error linear", "transformer", "smooth", "rectifier", "activation")
    keras, torch, onnx = "Activation", "GELU", "Gelu"
    activation_name = "gelu"

    approximate = Bool(False, doc="Use the tanh approximation.")

    def caption(self) -> str:
        return "approximate" if self.approximate else ""

    def lower(self, ops: Ops, x: Value) -> Value:
        if self.approximate:
            bend = ops.tanh(x * (ops.square(x) * 0.044715 + 1.0) * sqrt(2.0 / pi))
            return x * 0.5 * (bend + 1.0)
        return ops.gelu(x)
