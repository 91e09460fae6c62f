"""ZeroPadding2D: a border of zeros around an image."""

from netstudio.graph.tensor import TensorSpec
from netstudio.layers.base import Layer, require_float
from netstudio.layers.margins import Margins, around, margins_caption
from netstudio.layers.window2d import require_image
from netstudio.ops import Ops, Value


class ZeroPadding2D(Layer):
    """Adds rows and columns of zeros around an image.

    Input (height, width, channels) gives (top + height + bottom, left + width + right, channels).
    """

    category = "merge"
    icon = "pad"
    keywords = ("pad", "padding", "border", "constant pad", "image", "cnn")
    keras, torch, onnx = "ZeroPadding2D", "ZeroPad2d", "Pad"

    padding = Margins((1, 1), doc="How many rows at the top and the bottom, columns at the left and the right.")

    def caption(self) -> str:
        return margins_caption(self.padding)

    def infer(self, x: TensorSpec) -> TensorSpec:
        require_float(x)
        require_image(x)
        top, bottom, left, right = self.padding
        return TensorSpec((top + x.shape[0] + bottom, left + x.shape[1] + right, x.shape[2]))

    def lower(self, ops: Ops, x: Value) -> Value:
        return ops.pad(x, *around(self.padding))
