"""AveragePooling1D: the mean of each window of steps."""

from netstudio.layers.pooling import Pooling, pool_size_param
from netstudio.layers.window import strides_param


class AveragePooling1D(Pooling):
    """Takes the mean of each window of steps, feature by feature.

    Input (steps, features) gives (steps', features), by default half as many steps. Steps of padding do not count.
    """

    keywords = ("avgpool", "avgpool1d", "average pool", "mean pool", "downsample", "sequence", "time series")
    keras, torch, onnx = "AveragePooling1D", "AvgPool1d", "AveragePool"
    keeps = "average"

    pool_size = pool_size_param(1)
    strides = strides_param(1, None)
