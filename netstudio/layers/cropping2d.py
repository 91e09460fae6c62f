"""Cropping2D: an image without its borders."""

from netstudio.errors import ShapeError
from netstudio.graph.tensor import TensorSpec
from netstudio.layers.base import Layer, require_float
from netstudio.layers.margins import Margins, around, margins_caption
from netstudio.layers.window2d import require_image
from netstudio.ops import Ops, Value


class Cropping2D(Layer):
    """Takes rows and columns away from the borders of an image.

    Input (height, width, channels) gives (height - top - bottom, width - left - right, channels).
    """

    category = "merge"
    icon = "crop"
    keywords = ("crop", "trim", "cut", "center crop", "image", "cnn")
    keras, torch, onnx = "Cropping2D", "narrow", "Slice"

    cropping = Margins(0, doc="How many rows go at the top and the bottom, columns at the left and the right.")

    def caption(self) -> str:
        return margins_caption(self.cropping)

    def infer(self, x: TensorSpec) -> TensorSpec:
        require_float(x)
        require_image(x)
        top, bottom, left, right = self.cropping
        height, width = x.shape[0] - top - bottom, x.shape[1] - left - right
        if min(height, width) < 1:
            raise ShapeError(
                f"cropping {list(self.cropping)} (top, bottom, left, right) leaves nothing of the image {x.shape}; "
                "expected fewer cells to go than there are"
            )
        return TensorSpec((height, width, x.shape[2]))

    def lower(self, ops: Ops, x: Value) -> Value:
        return ops.crop(x, *around(self.cropping))
