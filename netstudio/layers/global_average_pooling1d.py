"""GlobalAveragePooling1D: the mean of each feature over all steps."""

from netstudio.layers.global_pooling import GlobalPooling


class GlobalAveragePooling1D(GlobalPooling):
    """Takes the mean of each feature over all steps.

    Input (steps, features) gives (features,), or (1, features) with keepdims. Steps that a mask leaves out do not
    count; where it leaves out all of them the mean is 0.
    """

    keywords = ("gap", "global pool", "adaptiveavgpool1d", "mean pool", "sequence", "average over time")
    keras, torch, onnx = "GlobalAveragePooling1D", "AdaptiveAvgPool1d", "GlobalAveragePool"
    uses_mask = True
    keeps = "average"
    rank = 1
