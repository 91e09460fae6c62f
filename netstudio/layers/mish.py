"""Mish: a smooth rectifier with a dip."""

from netstudio.layers.activations import Activation
from netstudio.ops import Ops, Value


class Mish(Activation):
    """Lets positive values pass smoothly, with a shallow dip on the negative side.

    y = x · tanh(log(1 + exp(x))). Misra, "Mish: A Self Regularized Non-Monotonic Activation Function", 2019.
    """

    keywords = ("smooth", "self-regularized", "rectifier", "activation")
    keras, torch, onnx = "Activation", "Mish", "Mish"
    activation_name = "mish"

    def lower(self, ops: Ops, x: Value) -> Value:
        return x * ops.tanh(ops.softplus(x))
