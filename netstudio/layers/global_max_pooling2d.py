"""GlobalMaxPooling2D: the largest value of each channel."""

from netstudio.graph.params import Bool
from netstudio.graph.tensor import TensorSpec
from netstudio.layers.base import Layer, require_float
from netstudio.layers.window2d import require_image
from netstudio.ops import Ops, Value


class GlobalMaxPooling2D(Layer):
    """Keeps the largest value of each channel of the whole image.

    Input (height, width, channels) gives (channels,), or (1, 1, channels) with keepdims. Equal ones share the gradient.
    """

    category = "pooling"
    icon = "pool"
    keywords = ("global pool", "adaptive", "max pool", "maximum", "cnn", "image")
    keras, torch, onnx = "GlobalMaxPooling2D", "AdaptiveMaxPool2d", "GlobalMaxPool"

    keepdims = Bool(False, doc="Keep the height and the width, as axes of one cell.")

    def infer(self, x: TensorSpec) -> TensorSpec:
        require_float(x)
        require_image(x)
        return TensorSpec((1, 1, x.shape[-1]) if self.keepdims else x.shape[-1:])

    def lower(self, ops: Ops, x: Value) -> Value:
        return ops.max(x, (1, 2), self.keepdims)
