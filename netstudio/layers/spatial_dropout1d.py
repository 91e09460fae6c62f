"""SpatialDropout1D: dropout of whole features of a sequence."""

from netstudio.graph.params import Float
from netstudio.graph.tensor import TensorSpec
from netstudio.layers.base import Layer
from netstudio.layers.dropout import dropout_mask
from netstudio.layers.sequence import require_sequence
from netstudio.ops import Ops, Value


class SpatialDropout1D(Layer):
    """Sets whole features of a sequence to zero while training: neighbours are too alike to be dropped one by one.

    In training y = x · keep / (1 - rate), with one keep for each sample and feature; otherwise y = x. Input
    (steps, features) keeps its shape. Tompson et al., "Efficient Object Localization Using Convolutional
    Networks", 2015.
    """

    category = "normalisation"
    icon = "dropout"
    keywords = ("dropout", "feature dropout", "regularisation", "regularization", "noise", "overfitting")
    keras, torch, onnx = "SpatialDropout1D", "Dropout1d", "Dropout"
    passes_mask = True

    rate = Float(minimum=0.0, maximum=1.0, initial=0.5, doc="The share of features set to zero.")

    def caption(self) -> str:
        return f"{self.rate:g}"

    def infer(self, x: TensorSpec) -> TensorSpec:
        require_sequence(x)
        return x

    def lower(self, ops: Ops, x: Value) -> Value:
        mask = dropout_mask(ops, self.rate, (x.shape[0], 1, x.shape[2]))
        return x if mask is None else x * mask
