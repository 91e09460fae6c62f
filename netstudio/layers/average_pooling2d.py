"""AveragePooling2D: the mean of each window."""

from netstudio.layers.pooling2d import Pooling2D
from netstudio.ops import Ops, Value


class AveragePooling2D(Pooling2D):
    """Takes the mean of each window, channel by channel.

    Input (height, width, channels) gives (height', width', channels), by default half as high and half as wide. Cells
    of padding do not count.
    """

    keywords = ("avgpool", "average pool", "mean pool", "downsample", "subsample", "cnn", "image")
    keras, torch, onnx = "AveragePooling2D", "AvgPool2d", "AveragePool"

    def lower(self, ops: Ops, x: Value) -> Value:
        return ops.average_pool2d(x, *self.geometry(x))
