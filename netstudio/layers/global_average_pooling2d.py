"""GlobalAveragePooling2D: the mean of each channel."""

from netstudio.graph.params import Bool
from netstudio.graph.tensor import TensorSpec
from netstudio.layers.base import Layer, require_float
from netstudio.layers.window2d import require_image
from netstudio.ops import Ops, Value


class GlobalAveragePooling2D(Layer):
    """Takes the mean of each channel over the whole image.

    Input (height, width, channels) gives (channels,), or (1, 1, channels) with keepdims (Lin et al., "Network in
    Network", 2014).
    """

    category = "pooling"
    icon = "pool"
    keywords = ("gap", "global pool", "adaptive", "mean pool", "cnn", "image")
    keras, torch, onnx = "GlobalAveragePooling2D", "AdaptiveAvgPool2d", "GlobalAveragePool"

    keepdims = Bool(False, doc="Keep the height and the width, as axes of one cell.")

    def infer(self, x: TensorSpec) -> TensorSpec:
        require_float(x)
        require_image(x)
        return TensorSpec((1, 1, x.shape[-1]) if self.keepdims else x.shape[-1:])

    def lower(self, ops: Ops, x: Value) -> Value:
        return ops.mean(x, (1, 2), self.keepdims)
