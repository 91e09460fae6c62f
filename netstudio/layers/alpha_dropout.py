"""AlphaDropout: dropout that keeps mean and variance, for SELU."""

from math import sqrt

from netstudio.graph.params import Float
from netstudio.layers.noise import ShapedNoise
from netstudio.layers.selu import ALPHA, SCALE
from netstudio.ops import Ops, Value

DROPPED = -ALPHA * SCALE  # what SELU tends to


class AlphaDropout(ShapedNoise):
    """Sets random values to SELU's lowest while training, and keeps mean 0 and variance 1.

    In training y = a · (x · keep - 1.7581 · (1 - keep)) + b, with keep 0 with probability `rate` and 1 otherwise, and
    a and b such that inputs of mean 0 and variance 1 stay so; otherwise y = x. The shape stays. Klambauer et al.,
    "Self-Normalizing Neural Networks", 2017.
    """

    category = "normalisation"
    icon = "dropout"
    keywords = ("dropout", "selu", "self-normalizing", "regularisation", "regularization", "noise")
    keras, torch, onnx = "AlphaDropout", "AlphaDropout", None
    without = {"onnx": "an exported model predicts and drops nothing"}

    rate = Float(minimum=0.0, below=1.0, initial=0.1, doc="The share of values that are dropped.")

    def lower(self, ops: Ops, x: Value) -> Value:
        if not ops.training or self.rate == 0.0:
            return x
        keep = ops.elementwise("ge", ops.random_uniform(self.shape_of_noise(x)), self.rate)
        a = 1.0 / sqrt((1.0 - self.rate) * (1.0 + self.rate * DROPPED**2))
        b = -a * DROPPED * self.rate
        return (x * keep + (1.0 - keep) * DROPPED) * a + b
