"""SpatialDropout1D: dropout of whole features of a sequence."""

from netstudio.graph.params import Float
from netstudio.layers.spatial_dropout import SpatialDropout


class SpatialDropout1D(SpatialDropout):
    """Sets whole features of a sequence to zero while training: neighbours are too alike to be dropped one by one.

    In training y = x · keep / (1 - rate), with one keep for each sample and feature; otherwise y = x. Input
    (steps, features) keeps its shape. Tompson et al., "Efficient Object Localization Using Convolutional
    Networks", 2015.
    """

    keywords = ("dropout", "feature dropout", "regularisation", "regularization", "noise", "overfitting")
    keras, torch, onnx = "SpatialDropout1D", "Dropout1d", "Dropout"
    rank = 1

    rate = Float(minimum=0.0, maximum=1.0, initial=0.5, doc="The share of features set to zero.")
