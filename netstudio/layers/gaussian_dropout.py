"""GaussianDropout: values multiplied by random numbers around 1 while training."""

from math import sqrt

from netstudio.graph.params import Float
from netstudio.layers.same_shape import SameShape
from netstudio.ops import Ops, Value


class GaussianDropout(SameShape):
    """Multiplies values by random numbers around 1 while training: dropout without zeros.

    In training y = x · (1 + sqrt(rate / (1 - rate)) · e), with e fresh from the standard normal distribution for every
    value and step; otherwise y = x. The shape stays. Srivastava et al., "Dropout", JMLR 15 (2014), section 10.
    """

    category = "normalisation"
    icon = "noise"
    keywords = ("dropout", "multiplicative noise", "regularisation", "regularization", "noise")
    keras, torch, onnx = "GaussianDropout", None, None
    without = {"torch": "PyTorch has no such layer", "onnx": "an exported model predicts and adds no noise"}

    rate = Float(minimum=0.0, below=1.0, initial=0.5, doc="The share that Dropout would set to zero for as much noise.")

    def caption(self) -> str:
        return f"{self.rate:g}"

    def lower(self, ops: Ops, x: Value) -> Value:
        if not ops.training or self.rate == 0.0:
            return x
        return x * (ops.random_normal(x.shape) * sqrt(self.rate / (1.0 - self.rate)) + 1.0)
