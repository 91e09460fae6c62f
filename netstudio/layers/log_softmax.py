"""LogSoftmax: logarithms of probabilities that sum to 1."""

from netstudio.layers.along_axis import AlongAxis
from netstudio.layers.softmax import below_largest
from netstudio.ops import Ops, Value


class LogSoftmax(AlongAxis):
    """Turns scores into the logarithms of probabilities that sum to 1 along an axis, by default the last.

    y[i] = x[i] - log(sum over j of exp(x[j])), computed without overflow. Input (..., classes) keeps its shape.
    """

    keywords = ("log probabilities", "classes", "nll", "activation")
    keras, torch, onnx = "Activation", "LogSoftmax", "LogSoftmax"
    activation_name = "log_softmax"

    def of_last(self, ops: Ops, x: Value) -> Value:
        return ops.log_softmax(x)

    def of_another(self, ops: Ops, x: Value) -> Value:
        below = below_largest(ops, x, self.axis)
        return below - ops.log(ops.sum(ops.exp(below), self.axis, keepdims=True))
