"""Softsign: each value between -1 and 1, approached slowly."""

from netstudio.layers.activations import Activation
from netstudio.ops import Ops, Value


class Softsign(Activation):
    """Squeezes each value between -1 and 1, more slowly than tanh does.

    y = x / (1 + |x|). Turian et al., "Quadratic Features and Deep Architectures", 2009.
    """

    keywords = ("squash", "tanh", "activation")
    keras, torch, onnx = "Activation", "Softsign", "Softsign"
    activation_name = "softsign"

    def lower(self, ops: Ops, x: Value) -> Value:
        return x / (ops.abs(x) + 1.0)
