"""MaxPooling2D: the largest value of each window."""

from netstudio.layers.pooling import Pooling


class MaxPooling2D(Pooling):
    """Keeps the largest value of each window, channel by channel.

    Input (height, width, channels) gives (height', width', channels), by default half as high and half as wide.
    Padding never wins.
    """

    keywords = ("maxpool", "maxpool2d", "max pool", "downsample", "subsample", "cnn", "image")
    keras, torch, onnx = "MaxPooling2D", "MaxPool2d", "MaxPool"
    keeps = "max"
