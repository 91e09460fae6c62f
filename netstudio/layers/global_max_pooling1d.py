"""GlobalMaxPooling1D: the largest value of each feature over all steps."""

from netstudio.layers.global_pooling import GlobalPooling


class GlobalMaxPooling1D(GlobalPooling):
    """Keeps the largest value of each feature over all steps.

    Input (steps, features) gives (features,), or (1, features) with keepdims. Equal ones share the gradient.
    """

    keywords = ("global pool", "adaptivemaxpool1d", "max over time", "maximum", "sequence")
    keras, torch, onnx = "GlobalMaxPooling1D", "AdaptiveMaxPool1d", "GlobalMaxPool"
    keeps = "max"
    rank = 1
