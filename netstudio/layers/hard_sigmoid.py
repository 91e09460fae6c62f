"""HardSigmoid: a sigmoid of three straight lines."""

from netstudio.layers.activations import Activation
from netstudio.ops import Ops, Value


class HardSigmoid(Activation):
    """Squeezes each value between 0 and 1 with three straight lines: a sigmoid that costs little.

    y = 0 where x is below -3, 1 where it is above 3, and x / 6 + 1/2 between. Courbariaux et al., "BinaryConnect",
    2015, with the slope of Howard et al., 2019.
    """

    keywords = ("squash", "probability", "piecewise linear", "gate", "activation")
    keras, torch, onnx = "Activation", "Hardsigmoid", "HardSigmoid"
    activation_name = "hard_sigmoid"

    def lower(self, ops: Ops, x: Value) -> Value:
        return hard_sigmoid(ops, x)


def hard_sigmoid(ops: Ops, x: Value) -> Value:
    return ops.clip(x * (1.0 / 6.0) + 0.5, 0.0, 1.0)
