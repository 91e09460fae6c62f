"""ZeroPadding2D: a border of zeros around an image."""

from netstudio.layers.margins import Margins
from netstudio.layers.zero_padding import ZeroPadding


class ZeroPadding2D(ZeroPadding):
    """Adds rows and columns of zeros around an image.

    Input (height, width, channels) gives (top + height + bottom, left + width + right, channels).
    """

    keywords = ("pad", "padding", "border", "constant pad", "image", "cnn")
    keras, torch, onnx = "ZeroPadding2D", "ZeroPad2d", "Pad"

    padding = Margins((1, 1), doc="How many rows at the top and the bottom, columns at the left and the right.")
