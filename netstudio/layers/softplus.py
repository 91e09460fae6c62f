"""Softplus: a rectifier without the kink."""

from netstudio.layers.activations import Activation
from netstudio.ops import Ops, Value


class Softplus(Activation):
    """Gives a positive number for every value: a rectifier without the kink.

    y = log(1 + exp(x)), computed without overflow. Dugas et al., "Incorporating Second-Order Functional Knowledge",
    2001.
    """

    keywords = ("smooth", "positive", "rectifier", "variance", "activation")
    keras, torch, onnx = "Activation", "Softplus", "Softplus"
    activation_name = "softplus"

    def lower(self, ops: Ops, x: Value) -> Value:
        return ops.softplus(x)
