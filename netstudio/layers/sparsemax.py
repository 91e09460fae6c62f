"""Sparsemax: probabilities of which many are exactly 0."""

from netstudio.layers.along_axis import AlongAxis
from netstudio.ops import Ops, Value


class Sparsemax(AlongAxis):
    """Turns scores into probabilities that sum to 1 along an axis, small ones becoming exactly 0.

    y[i] = max(x[i] - t, 0), with the t for which they sum to 1: the nearest point of the probability simplex. Input
    (..., classes) keeps its shape. Martins and Astudillo, "From Softmax to Sparsemax", 2016. (What Keras
    3.15 gives by this name does not sum to 1.)
    """

    keywords = ("probabilities", "sparse", "simplex", "attention", "softmax", "activation")
    keras, torch, onnx = "Activation", None, None
    without = {"torch": "PyTorch has no such layer", "onnx": "ONNX has no such operator"}
    activation_name = "sparsemax"

    def of_last(self, ops: Ops, x: Value) -> Value:
        return ops.sparsemax(x)
