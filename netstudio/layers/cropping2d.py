"""Cropping2D: an image without its borders."""

from netstudio.layers.cropping import Cropping
from netstudio.layers.margins import Margins


class Cropping2D(Cropping):
    """Takes rows and columns away from the borders of an image.

    Input (height, width, channels) gives (height - top - bottom, width - left - right, channels).
    """

    keywords = ("crop", "trim", "cut", "center crop", "image", "cnn")
    keras, torch, onnx = "Cropping2D", "narrow", "Slice"

    cropping = Margins(0, doc="How many rows go at the top and the bottom, columns at the left and the right.")
