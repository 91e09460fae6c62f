"""UpSampling3D: a volume in a larger size."""

from netstudio.graph.params import Ints
from netstudio.graph.tensor import TensorSpec
from netstudio.layers.base import Layer, times
from netstudio.layers.grid import require_grid
from netstudio.layers.resize import repeat
from netstudio.ops import Ops, Value


class UpSampling3D(Layer):
    """Makes a volume larger, by whole factors: each cell comes several times along each axis.

    Input (depth, height, width, channels) gives (a · depth, b · height, c · width, channels).
    """

    category = "merge"
    icon = "resize"
    keywords = ("upsample", "resize", "nearest", "repeat", "decoder", "unet", "volume", "video")
    keras, torch, onnx = "UpSampling3D", "Upsample", "Resize"

    size = Ints(3, (2, 2, 2), axes=("depth", "height", "width"), doc="How many times as deep, as high and as wide.")

    def caption(self) -> str:
        return times(self.size)

    def infer(self, x: TensorSpec) -> TensorSpec:
        require_grid(x, 3)
        return TensorSpec((*(n * a for n, a in zip(x.shape[:3], self.size, strict=True)), x.shape[3]))

    def lower(self, ops: Ops, x: Value) -> Value:
        return repeat(ops, x, self.size)
