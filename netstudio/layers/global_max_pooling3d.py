"""GlobalMaxPooling3D: the largest value of each channel over the whole volume."""

from netstudio.layers.global_pooling import GlobalPooling


class GlobalMaxPooling3D(GlobalPooling):
    """Keeps the largest value of each channel over the whole volume.

    Input (depth, height, width, channels) gives (channels,), or (1, 1, 1, channels) with keepdims. Equal ones share
    the gradient.
    """

    keywords = ("global pool", "adaptivemaxpool3d", "max pool", "maximum", "volume", "video", "film", "voxel")
    keras, torch, onnx = "GlobalMaxPooling3D", "AdaptiveMaxPool3d", "GlobalMaxPool"
    keeps = "max"
    rank = 3
