"""SiLU: each value weighed by its own sigmoid."""

from netstudio.layers.activations import Activation
from netstudio.ops import Ops, Value


class SiLU(Activation):
    """Weighs each value by its own sigmoid: a smooth rectifier, also known as swish.

    y = x · sigmoid(x). Elfwing et al., 2017; Ramachandran et al., "Searching for Activation Functions", 2017.
    """

    keywords = ("swish", "sigmoid linear", "smooth", "rectifier", "activation")
    keras, torch, onnx = "Activation", "SiLU", "Swish"
    activation_name = "silu"

    def lower(self, ops: Ops, x: Value) -> Value:
        return x * ops.sigmoid(x)
