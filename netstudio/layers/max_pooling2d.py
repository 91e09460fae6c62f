"""MaxPooling2D: the largest value of each window."""

from netstudio.layers.pooling2d import Pooling2D
from netstudio.ops import Ops, Value


class MaxPooling2D(Pooling2D):
    """Keeps the largest value of each window, channel by channel.

    Input (height, width, channels) gives (height', width', channels), by default half as high and half as wide.
    """

    keywords = ("maxpool", "max pool", "downsample", "subsample", "cnn", "image")
    keras, torch, onnx = "MaxPooling2D", "MaxPool2d", "MaxPool"

    def lower(self, ops: Ops, x: Value) -> Value:
        return ops.max_pool2d(x, *self.geometry(x))
