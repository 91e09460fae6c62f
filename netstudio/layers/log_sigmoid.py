"""LogSigmoid: the logarithm of a probability for each value."""

from netstudio.layers.activations import Activation
from netstudio.ops import Ops, Value


class LogSigmoid(Activation):
    """Gives the logarithm of the sigmoid of each value.

    y = -log(1 + exp(-x)), computed without overflow.
    """

    keywords = ("log probability", "logistic", "activation")
    keras, torch, onnx = "Activation", "LogSigmoid", None
    without = {"onnx": "it is Softplus between two Neg there"}
    activation_name = "log_sigmoid"

    def lower(self, ops: Ops, x: Value) -> Value:
        return -ops.softplus(-x)
