"""SpatialDropout2D: dropout of whole channels of an image."""

from netstudio.layers.spatial_dropout import SpatialDropout


class SpatialDropout2D(SpatialDropout):
    """Sets whole channels of an image to zero while training: neighbours are too alike to be dropped one by one.

    In training y = x · keep / (1 - rate), with one keep for each sample and channel; otherwise y = x. Input
    (height, width, channels) keeps its shape. Tompson et al., "Efficient Object Localization Using Convolutional
    Networks", 2015.
    """

    keywords = ("dropout", "channel dropout", "regularisation", "regularization", "noise", "overfitting")
    keras, torch, onnx = "SpatialDropout2D", "Dropout2d", "Dropout"
    rank = 2
