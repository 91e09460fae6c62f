"""HardSwish: each value weighed by its own hard sigmoid."""

from netstudio.layers.activations import Activation
from netstudio.layers.hard_sigmoid import hard_sigmoid
from netstudio.ops import Ops, Value


class HardSwish(Activation):
    """Weighs each value by a sigmoid of three straight lines: SiLU at a fraction of the cost.

    y = x · clip(x / 6 + 1/2, 0, 1). Howard et al., "Searching for MobileNetV3", 2019.
    """

    keywords = ("hard_silu", "swish", "silu", "mobilenet", "rectifier", "activation")
    keras, torch, onnx = "Activation", "Hardswish", "HardSwish"
    activation_name = "hard_silu"

    def lower(self, ops: Ops, x: Value) -> Value:
        return x * hard_sigmoid(ops, x)
