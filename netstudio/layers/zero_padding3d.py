"""ZeroPadding3D: a border of zeros around a volume."""

from netstudio.layers.margins import Margins
from netstudio.layers.zero_padding import ZeroPadding


class ZeroPadding3D(ZeroPadding):
    """Adds layers, rows and columns of zeros around a volume.

    Input (depth, height, width, channels) gives (front + depth + back, top + height + bottom, left + width + right,
    channels).
    """

    keywords = ("pad", "padding", "border", "constant pad", "volume", "video", "cnn")
    keras, torch, onnx = "ZeroPadding3D", "ConstantPad3d", "Pad"

    padding = Margins(
        1, rank=3, doc="How many layers in front and behind, rows at the top and the bottom, columns left and right."
    )
