"""Cropping3D: a volume without its borders."""

from netstudio.errors import ShapeError
from netstudio.graph.tensor import TensorSpec
from netstudio.layers.base import Layer
from netstudio.layers.margins import Margins, around, margins_caption
from netstudio.layers.volume import require_volume
from netstudio.ops import Ops, Value


class Cropping3D(Layer):
    """Takes layers, rows and columns away from the borders of a volume.

    Input (depth, height, width, channels) gives (depth - front - back, height - top - bottom, width - left - right,
    channels).
    """

    category = "merge"
    icon = "crop"
    keywords = ("crop", "trim", "cut", "center crop", "volume", "video", "cnn")
    keras, torch, onnx = "Cropping3D", "narrow", "Slice"

    cropping = Margins(
        1, rank=3, doc="How many layers go in front and behind, rows at the top and the bottom, columns left and right."
    )

    def caption(self) -> str:
        return margins_caption(self.cropping)

    def infer(self, x: TensorSpec) -> TensorSpec:
        require_volume(x)
        sizes = [n - sum(self.cropping[2 * i : 2 * i + 2]) for i, n in enumerate(x.shape[:3])]
        if min(sizes) < 1:
            raise ShapeError(
                f"cropping {list(self.cropping)} (front, back, top, bottom, left, right) leaves nothing of the volume "
                f"{x.shape}; expected fewer cells to go than there are"
            )
        return TensorSpec((*sizes, x.shape[3]))

    def lower(self, ops: Ops, x: Value) -> Value:
        return ops.crop(x, *around(self.cropping))
