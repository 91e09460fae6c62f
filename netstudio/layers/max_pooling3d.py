"""MaxPooling3D: the largest value of each box."""

from netstudio.layers.pooling import Pooling, pool_size_param
from netstudio.layers.window import strides_param


class MaxPooling3D(Pooling):
    """Keeps the largest value of each box of a volume, channel by channel.

    Input (depth, height, width, channels) gives (depth', height', width', channels), by default half of each size.
    Padding never wins.
    """

    keywords = ("maxpool", "maxpool3d", "max pool", "downsample", "volume", "video", "film", "voxel")
    keras, torch, onnx = "MaxPooling3D", "MaxPool3d", "MaxPool"
    keeps = "max"

    pool_size = pool_size_param(3)
    strides = strides_param(3, None)
