"""AveragePooling3D: the mean of each box."""

from netstudio.layers.pooling import Pooling, pool_size_param
from netstudio.layers.window import strides_param


class AveragePooling3D(Pooling):
    """Takes the mean of each box of a volume, channel by channel.

    Input (depth, height, width, channels) gives (depth', height', width', channels), by default half of each size.
    Cells of padding do not count.
    """

    keywords = ("avgpool", "avgpool3d", "average pool", "mean pool", "downsample", "volume", "video", "film", "voxel")
    keras, torch, onnx = "AveragePooling3D", "AvgPool3d", "AveragePool"
    keeps = "average"

    pool_size = pool_size_param(3)
    strides = strides_param(3, None)
