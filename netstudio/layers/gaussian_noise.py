"""GaussianNoise: random numbers added while training."""

from netstudio.graph.params import Float
from netstudio.layers.same_shape import SameShape
from netstudio.ops import Ops, Value


class GaussianNoise(SameShape):
    """Adds random numbers while training, so that the network learns what does not hang on details.

    In training y = x + stddev · e, with e fresh from the standard normal distribution for every value and step;
    otherwise y = x. The shape stays. Bishop, "Training with Noise is Equivalent to Tikhonov Regularization", 1995.
    """

    category = "normalisation"
    icon = "noise"
    keywords = ("noise", "augmentation", "denoising", "regularisation", "regularization", "jitter")
    keras, torch, onnx = "GaussianNoise", None, None
    without = {"torch": "PyTorch has no such layer", "onnx": "an exported model predicts and adds no noise"}

    stddev = Float(minimum=0.0, initial=0.1, doc="The standard deviation of the noise.")

    def caption(self) -> str:
        return f"{self.stddev:g}"

    def lower(self, ops: Ops, x: Value) -> Value:
        return x + ops.random_normal(x.shape) * self.stddev if ops.training and self.stddev else x
