"""Dropout: noise that keeps a network from leaning on single values."""

from netstudio.graph.params import Float
from netstudio.layers.same_shape import SameShape
from netstudio.ops import Ops, Value


class Dropout(SameShape):
    """Sets random values to zero while training, so that the network does not lean on any one of them.

    In training y = x · keep / (1 - rate), with keep 0 with probability `rate` and 1 otherwise, drawn anew for every
    value and step; otherwise y = x. The shape stays. Srivastava et al., "Dropout", JMLR 15 (2014).
    """

    category = "normalisation"
    icon = "dropout"
    keywords = ("regularisation", "regularization", "noise", "overfitting")
    keras, torch, onnx = "Dropout", "Dropout", "Dropout"

    rate = Float(minimum=0.0, maximum=1.0, initial=0.5, doc="The share of values set to zero.")

    def caption(self) -> str:
        return f"{self.rate:g}"

    def lower(self, ops: Ops, x: Value) -> Value:
        if not ops.training or self.rate == 0.0:
            return x
        keep = ops.elementwise("ge", ops.random_uniform(x.shape), self.rate)
        scale = 1.0 / (1.0 - self.rate) if self.rate < 1.0 else 0.0
        return x * (keep * scale)
