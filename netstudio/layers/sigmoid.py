"""Sigmoid: a probability for each value."""

from netstudio.layers.activations import Activation
from netstudio.ops import Ops, Value


class Sigmoid(Activation):
    """Squeezes each value between 0 and 1: a probability.

    y = 1 / (1 + exp(-x)). Before a BinaryCrossentropy the two are computed as one, in a form that does not overflow.
    """

    keywords = ("logistic", "probability", "binary", "squash", "activation")
    keras, torch, onnx = "Activation", "Sigmoid", "Sigmoid"
    activation_name = "sigmoid"

    def lower(self, ops: Ops, x: Value) -> Value:
        return ops.sigmoid(x)
