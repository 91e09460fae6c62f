"""SeparableConv1D: a convolution over sequences in two steps, with far fewer weights."""

from netstudio.layers.separable_convolution import SeparableConvolution
from netstudio.layers.window import dilation_param, kernel_size_param, strides_param


class SeparableConv1D(SeparableConvolution):
    """A convolution of each feature over time by itself, then a product that mixes the features at each step.

    z[i, c·M + m] = sum over the window of x[i·s + a·d, c] · depthwise_kernel[a, c, m], and
    y = activation(z · pointwise_kernel + bias), with M = depth_multiplier, stride s and dilation d. Input
    (steps, features) gives (steps', filters). Weights: depthwise_kernel (kernel steps, features, M),
    pointwise_kernel (1, features · M, filters), bias (filters,) (Chollet, "Xception", 2017, of images).
    """

    keywords = ("separable", "depthwise", "pointwise", "convolution", "conv", "sequence", "time series")
    keras = "SeparableConv1D"
    without = {
        "torch": "two Conv1d, the first with a group for each feature, the second of size 1",
        "onnx": "two Conv, the first with a group for each feature, the second of size 1",
    }

    kernel_size = kernel_size_param(1)
    strides = strides_param(1)
    dilation_rate = dilation_param(1)
