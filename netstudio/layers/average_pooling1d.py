"""AveragePooling1D: the mean of each window of steps."""

from netstudio.layers.base import Padding2D
from netstudio.layers.pooling1d import Pooling1D
from netstudio.ops import Ops, Value


class AveragePooling1D(Pooling1D):
    """Takes the mean of each window of steps, feature by feature.

    Input (steps, features) gives (steps', features), by default half as many steps. Steps of padding do not count.
    """

    keywords = ("avgpool", "average pool", "mean pool", "downsample", "sequence", "time series")
    keras, torch, onnx = "AveragePooling1D", "AvgPool1d", "AveragePool"

    def pool(self, ops: Ops, x: Value, window: tuple[int, int], strides: tuple[int, int], padding: Padding2D) -> Value:
        return ops.average_pool2d(x, window, strides, padding)
