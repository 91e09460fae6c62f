"""TanhShrink: what tanh takes away."""

from netstudio.layers.activations import Activation
from netstudio.ops import Ops, Value


class TanhShrink(Activation):
    """Takes from each value its tanh, so that small ones almost vanish.

    y = x - tanh(x).
    """

    keywords = ("shrink", "tanh", "activation")
    keras, torch, onnx = "Activation", "Tanhshrink", None
    without = {"onnx": "it is Tanh and Sub there"}
    activation_name = "tanh_shrink"

    def lower(self, ops: Ops, x: Value) -> Value:
        return x - ops.tanh(x)
