"""Cropping3D: a volume without its borders."""

from netstudio.layers.cropping import Cropping
from netstudio.layers.margins import Margins


class Cropping3D(Cropping):
    """Takes layers, rows and columns away from the borders of a volume.

    Input (depth, height, width, channels) gives (depth - front - back, height - top - bottom, width - left - right,
    channels).
    """

    keywords = ("crop", "trim", "cut", "center crop", "volume", "video", "cnn")
    keras, torch, onnx = "Cropping3D", "narrow", "Slice"

    cropping = Margins(
        1, rank=3, doc="How many layers go in front and behind, rows at the top and the bottom, columns left and right."
    )
