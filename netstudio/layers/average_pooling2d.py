"""AveragePooling2D: the mean of each window."""

from netstudio.layers.pooling import Pooling


class AveragePooling2D(Pooling):
    """Takes the mean of each window, channel by channel.

    Input (height, width, channels) gives (height', width', channels), by default half as high and half as wide. Cells
    of padding do not count.
    """

    keywords = ("avgpool", "avgpool2d", "average pool", "mean pool", "downsample", "subsample", "cnn", "image")
    keras, torch, onnx = "AveragePooling2D", "AvgPool2d", "AveragePool"
    keeps = "average"
