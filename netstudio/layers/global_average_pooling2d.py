"""GlobalAveragePooling2D: the mean of each channel over the whole image."""

from netstudio.layers.global_pooling import GlobalPooling


class GlobalAveragePooling2D(GlobalPooling):
    """Takes the mean of each channel over the whole image.

    Input (height, width, channels) gives (channels,), or (1, 1, channels) with keepdims (Lin et al., "Network in
    Network", 2014).
    """

    keywords = ("gap", "global pool", "adaptiveavgpool2d", "mean pool", "cnn", "image")
    keras, torch, onnx = "GlobalAveragePooling2D", "AdaptiveAvgPool2d", "GlobalAveragePool"
    keeps = "average"
    rank = 2
