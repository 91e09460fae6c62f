"""HardTanh: each value cut off at -1 and 1."""

from netstudio.layers.activations import Activation
from netstudio.ops import Ops, Value


class HardTanh(Activation):
    """Cuts each value off at -1 and 1 and leaves what lies between.

    y = min(max(x, -1), 1). Collobert, "Large Scale Machine Learning", 2004.
    """

    keywords = ("clip", "clamp", "squash", "tanh", "activation")
    keras, torch, onnx = "Activation", "Hardtanh", "Clip"
    activation_name = "hard_tanh"

    def lower(self, ops: Ops, x: Value) -> Value:
        return ops.clip(x, -1.0, 1.0)
