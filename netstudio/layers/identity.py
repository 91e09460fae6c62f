"""Identity: each value as it is."""

from netstudio.layers.activations import Activation
from netstudio.ops import Ops, Value


class Identity(Activation):
    """Leaves every value as it is.

    y = x: a place to name, to branch from or to put an activation later.
    """

    keywords = ("linear", "passthrough", "no-op", "none", "activation")
    keras, torch, onnx = "Identity", "Identity", "Identity"
    activation_name = "linear"

    def lower(self, ops: Ops, x: Value) -> Value:
        return x
