"""MaxPooling1D: the largest value of each window of steps."""

from netstudio.layers.pooling import Pooling, pool_size_param
from netstudio.layers.window import strides_param


class MaxPooling1D(Pooling):
    """Keeps the largest value of each window of steps, feature by feature.

    Input (steps, features) gives (steps', features), by default half as many steps. Padding never wins.
    """

    keywords = ("maxpool", "maxpool1d", "max pool", "downsample", "sequence", "time series")
    keras, torch, onnx = "MaxPooling1D", "MaxPool1d", "MaxPool"
    keeps = "max"

    pool_size = pool_size_param(1)
    strides = strides_param(1, None)
