"""Tanh: each value between -1 and 1."""

from netstudio.layers.activations import Activation
from netstudio.ops import Ops, Value


class Tanh(Activation):
    """Squeezes each value between -1 and 1.

    y = (exp(x) - exp(-x)) / (exp(x) + exp(-x)).
    """

    keywords = ("hyperbolic tangent", "squash", "activation")
    keras, torch, onnx = "Activation", "Tanh", "Tanh"
    activation_name = "tanh"

    def lower(self, ops: Ops, x: Value) -> Value:
        return ops.tanh(x)
