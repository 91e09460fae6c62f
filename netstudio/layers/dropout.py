"""Dropout: noise that keeps a network from leaning on single values."""

from netstudio.graph.params import Float
from netstudio.layers.noise import ShapedNoise
from netstudio.ops import Ops, Value


class Dropout(ShapedNoise):
    """Sets random values to zero while training, so that the network does not lean on any one of them.

    In training y = x · keep / (1 - rate), with keep 0 with probability `rate` and 1 otherwise, drawn anew for every
    value and step (or for what `noise_shape` says); otherwise y = x. The shape stays. Srivastava et al., "Dropout",
    JMLR 15 (2014).
    """

    category = "normalisation"
    icon = "dropout"
    keywords = ("regularisation", "regularization", "noise", "overfitting")
    keras, torch, onnx = "Dropout", "Dropout", "Dropout"

    rate = Float(minimum=0.0, maximum=1.0, initial=0.5, doc="The share of values set to zero.")

    def lower(self, ops: Ops, x: Value) -> Value:
        mask = dropout_mask(ops, self.rate, self.shape_of_noise(x))
        return x if mask is None else x * mask


def dropout_mask(ops: Ops, rate: float, shape: tuple[int, ...]) -> Value | None:
    """0 where a value is dropped, 1 / (1 - rate) where it stays; None where nothing is dropped."""
    if not ops.training or rate == 0.0:
        return None
    keep = ops.elementwise("ge", ops.random_uniform(shape), rate)
    return keep * (1.0 / (1.0 - rate) if rate < 1.0 else 0.0)


def rate_param(what: str) -> Float:
    return Float(0.0, minimum=0.0, maximum=1.0, doc=f"The share of {what} set to zero while training.")
