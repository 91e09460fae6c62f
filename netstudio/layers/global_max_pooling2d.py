"""GlobalMaxPooling2D: the largest value of each channel over the whole image."""

from netstudio.layers.global_pooling import GlobalPooling


class GlobalMaxPooling2D(GlobalPooling):
    """Keeps the largest value of each channel over the whole image.

    Input (height, width, channels) gives (channels,), or (1, 1, channels) with keepdims. Equal ones share the gradient.
    """

    keywords = ("global pool", "adaptivemaxpool2d", "max pool", "maximum", "cnn", "image")
    keras, torch, onnx = "GlobalMaxPooling2D", "AdaptiveMaxPool2d", "GlobalMaxPool"
    keeps = "max"
    rank = 2
