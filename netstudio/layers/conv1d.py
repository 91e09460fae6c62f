"""Conv1D: a convolution over sequences."""

from netstudio.layers.convolution import Convolution
from netstudio.layers.window import dilation_param, kernel_size_param, padding_param, strides_param


class Conv1D(Convolution):
    """A convolution over time: each output feature looks at the sequence through a short learnt window.

    y[i, o] = activation(sum over the window and the features of x[i·s + a·d, c] · kernel[a, c, o] + bias[o]), with
    stride s and dilation d. Input (steps, features) gives (steps', filters); with padding "same" or "causal" and
    stride 1 the steps stay, and with "causal" y[i] sees no step after i (van den Oord et al., "WaveNet", 2016).
    Weights: kernel (kernel steps, features / groups, filters), bias (filters,).
    """

    keywords = (
        "convolution", "cnn", "conv", "filter", "sequence", "time series", "temporal", "causal", "dilated", "tcn",
        "audio",
    )  # fmt: skip
    keras, torch, onnx = "Conv1D", "Conv1d", "Conv"

    kernel_size = kernel_size_param(1)
    strides = strides_param(1)
    padding = padding_param(causal=True)
    dilation_rate = dilation_param(1)
