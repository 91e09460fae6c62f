"""GlobalAveragePooling3D: the mean of each channel over the whole volume."""

from netstudio.layers.global_pooling import GlobalPooling


class GlobalAveragePooling3D(GlobalPooling):
    """Takes the mean of each channel over the whole volume.

    Input (depth, height, width, channels) gives (channels,), or (1, 1, 1, channels) with keepdims (Lin et al.,
    "Network in Network", 2014, of images).
    """

    keywords = ("gap", "global pool", "adaptiveavgpool3d", "mean pool", "volume", "video", "film", "voxel")
    keras, torch, onnx = "GlobalAveragePooling3D", "AdaptiveAvgPool3d", "GlobalAveragePool"
    keeps = "average"
    rank = 3
