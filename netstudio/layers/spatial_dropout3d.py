"""SpatialDropout3D: dropout of whole channels of a volume."""

from netstudio.graph.params import Float
from netstudio.graph.tensor import TensorSpec
from netstudio.layers.base import Layer
from netstudio.layers.dropout import dropout_mask
from netstudio.layers.volume import require_volume
from netstudio.ops import Ops, Value


class SpatialDropout3D(Layer):
    """Sets whole channels of a volume to zero while training: neighbours are too alike to be dropped one by one.

    In training y = x · keep / (1 - rate), with one keep for each sample and channel; otherwise y = x. Input
    (depth, height, width, channels) keeps its shape. Tompson et al., "Efficient Object Localization Using
    Convolutional Networks", 2015.
    """

    category = "normalisation"
    icon = "dropout"
    keywords = ("dropout", "channel dropout", "regularisation", "regularization", "noise", "overfitting", "volume")
    keras, torch, onnx = "SpatialDropout3D", "Dropout3d", "Dropout"
    passes_mask = True

    rate = Float(minimum=0.0, maximum=1.0, initial=0.5, doc="The share of channels set to zero.")

    def caption(self) -> str:
        return f"{self.rate:g}"

    def infer(self, x: TensorSpec) -> TensorSpec:
        require_volume(x)
        return x

    def lower(self, ops: Ops, x: Value) -> Value:
        mask = dropout_mask(ops, self.rate, (x.shape[0], 1, 1, 1, x.shape[4]))
        return x if mask is None else x * mask
