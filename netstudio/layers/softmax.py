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

    def of_another(self, ops: Ops, x: Value) -> Value:
        parts = ops.exp(below_largest(ops, x, self.axis))
        return parts / ops.sum(parts, self.axis, keepdims=True)


def below_largest(ops: Ops, x: Value, axis: int) -> Value:
    """`x` less its largest value along `axis`, so that no exponential overflows; what is taken off changes nothing."""
    return x - ops.stop_gradient(ops.max(x, axis, keepdims=True))
