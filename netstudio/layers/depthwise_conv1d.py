"""DepthwiseConv1D: a convolution over sequences, feature by feature."""

from netstudio.layers.depthwise_convolution import DepthwiseConvolution
from netstudio.layers.window import dilation_param, kernel_size_param, strides_param


class DepthwiseConv1D(DepthwiseConvolution):
    """A convolution of each feature over time by itself, with kernels of its own; features do not mix.

    y[i, c·M + m] = activation(sum over the window of x[i·s + a·d, c] · kernel[a, c, m] + bias[c·M + m]), with
    M = depth_multiplier, stride s and dilation d. Input (steps, features) gives (steps', features · M). Weights:
    kernel (kernel steps, features, M), bias (features · M,) (Chollet, "Xception", 2017, of images).
    """

    keywords = ("depthwise", "depth wise", "convolution", "conv", "grouped", "sequence", "time series")
    keras, torch, onnx = "DepthwiseConv1D", "Conv1d", "Conv"

    kernel_size = kernel_size_param(1)
    strides = strides_param(1)
    dilation_rate = dilation_param(1)
