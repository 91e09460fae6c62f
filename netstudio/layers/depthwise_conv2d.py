"""DepthwiseConv2D: a convolution over images, channel by channel."""

from netstudio.layers.depthwise_convolution import DepthwiseConvolution


class DepthwiseConv2D(DepthwiseConvolution):
    """A convolution of each channel by itself, with kernels of its own; channels do not mix.

    y[i, j, c·M + m] = activation(sum over the window of x[i·s + a·d, j·s + b·d, c] · kernel[a, b, c, m] +
    bias[c·M + m]), with M = depth_multiplier, stride s and dilation d. Input (height, width, channels) gives
    (height', width', channels · M). Weights: kernel (kernel height, kernel width, channels, M), bias (channels · M,)
    (Howard et al., "MobileNets", 2017).
    """

    keywords = ("depthwise", "depth wise", "convolution", "conv", "cnn", "grouped", "mobilenet", "image")
    keras, torch, onnx = "DepthwiseConv2D", "Conv2d", "Conv"
