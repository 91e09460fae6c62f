"""SpatialDropout3D: dropout of whole channels of a volume."""

from netstudio.layers.spatial_dropout import SpatialDropout


class SpatialDropout3D(SpatialDropout):
    """Sets whole channels of a volume to zero while training: neighbours are too alike to be dropped one by one.

    In training y = x · keep / (1 - rate), with one keep for each sample and channel; otherwise y = x. Input
    (depth, height, width, channels) keeps its shape. Tompson et al., "Efficient Object Localization Using
    Convolutional Networks", 2015.
    """

    keywords = ("dropout", "channel dropout", "regularisation", "regularization", "noise", "overfitting", "volume")
    keras, torch, onnx = "SpatialDropout3D", "Dropout3d", "Dropout"
    rank = 3
