"""ZeroPadding3D: a border of zeros around a volume."""

from netstudio.graph.tensor import TensorSpec
from netstudio.layers.base import Layer
from netstudio.layers.margins import Margins, around, margins_caption
from netstudio.layers.volume import require_volume
from netstudio.ops import Ops, Value


class ZeroPadding3D(Layer):
    """Adds layers, rows and columns of zeros around a volume.

    Input (depth, height, width, channels) gives (front + depth + back, top + height + bottom, left + width + right,
    channels).
    """

    category = "merge"
    icon = "pad"
    keywords = ("pad", "padding", "border", "constant pad", "volume", "video", "cnn")
    keras, torch, onnx = "ZeroPadding3D", "ConstantPad3d", "Pad"

    padding = Margins(
        1, rank=3, doc="How many layers in front and behind, rows at the top and the bottom, columns left and right."
    )

    def caption(self) -> str:
        return margins_caption(self.padding)

    def infer(self, x: TensorSpec) -> TensorSpec:
        require_volume(x)
        sizes = [n + sum(self.padding[2 * i : 2 * i + 2]) for i, n in enumerate(x.shape[:3])]
        return TensorSpec((*sizes, x.shape[3]))

    def lower(self, ops: Ops, x: Value) -> Value:
        return ops.pad(x, *around(self.padding))
