"""UpSampling2D: an image in a larger size."""

from netstudio.graph.params import Choice, Ints
from netstudio.graph.tensor import TensorSpec
from netstudio.layers.base import Layer, times
from netstudio.layers.grid import require_grid
from netstudio.layers.resize import interpolate, repeat
from netstudio.ops import Ops, Value


class UpSampling2D(Layer):
    """Makes an image larger, by whole factors: each cell several times, or what lies between the cells.

    Input (height, width, channels) gives (a · height, b · width, channels). "bilinear" takes cells as points in the
    middle of their squares and holds the values at the border, as tf.image.resize does.
    """

    category = "merge"
    icon = "resize"
    keywords = ("upsample", "resize", "nearest", "bilinear", "interpolate", "decoder", "unet", "image")
    keras, torch, onnx = "UpSampling2D", "Upsample", "Resize"

    size = Ints(2, (2, 2), axes=("height", "width"), doc="How many times as high and as wide.")
    interpolation = Choice(
        ("nearest", "bilinear"), "nearest", doc='"nearest" repeats the cells, "bilinear" blends the nearest four.'
    )

    def caption(self) -> str:
        return f"{times(self.size)} · {self.interpolation}"

    def infer(self, x: TensorSpec) -> TensorSpec:
        require_grid(x, 2)
        return TensorSpec((x.shape[0] * self.size[0], x.shape[1] * self.size[1], x.shape[2]))

    def lower(self, ops: Ops, x: Value) -> Value:
        if self.interpolation == "nearest":
            return repeat(ops, x, self.size)
        return interpolate(ops, x, self.size)
