"""Softmax: probabilities that sum to 1."""

from netstudio.layers.along_axis import AlongAxis
from netstudio.ops import Ops, Value


class Softmax(AlongAxis):
    """Turns scores into probabilities that sum to 1 along an axis, by default the last.

    y[i] = exp(x[i]) / sum over j of exp(x[j]). Input (..., classes) keeps its shape. Before a cross-entropy the two are
    computed as one, in a form that does not overflow.
    """

    keywords = ("probabilities", "classes", "classification", "normalised exponential", "activation")
    keras, torch, onnx = "Softmax", "Softmax", "Softmax"
    activation_name = "softmax"

    def of_last(self, ops: Ops, x: Value) -> Value:
        return ops.softmax(x)
