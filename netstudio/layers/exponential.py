"""Exponential: e to the power of each value."""

from netstudio.layers.activations import Activation
from netstudio.ops import Ops, Value


class Exponential(Activation):
    """Raises e to the power of each value: rates and scales that must be positive.

    y = exp(x); in single precision it overflows beyond 88.7.
    """

    keywords = ("exp", "rate", "poisson", "positive", "activation")
    keras, torch, onnx = "Activation", "exp", "Exp"
    activation_name = "exponential"

    def lower(self, ops: Ops, x: Value) -> Value:
        return ops.exp(x)
