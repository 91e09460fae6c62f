"""MaxPooling1D: the largest value of each window of steps."""

from netstudio.layers.base import Padding2D
from netstudio.layers.pooling1d import Pooling1D
from netstudio.ops import Ops, Value


class MaxPooling1D(Pooling1D):
    """Keeps the largest value of each window of steps, feature by feature.

    Input (steps, features) gives (steps', features), by default half as many steps.
    """

    keywords = ("maxpool", "max pool", "downsample", "sequence", "time series")
    keras, torch, onnx = "MaxPooling1D", "MaxPool1d", "MaxPool"

    def pool(self, ops: Ops, x: Value, window: tuple[int, int], strides: tuple[int, int], padding: Padding2D) -> Value:
        return ops.max_pool2d(x, window, strides, padding)
