"""SeparableConv2D: a convolution over images in two steps, with far fewer weights."""

from netstudio.layers.separable_convolution import SeparableConvolution


class SeparableConv2D(SeparableConvolution):
    """A convolution of each channel by itself, then a product that mixes the channels at each pixel.

    z[i, j, c·M + m] = sum over the window of x[i·s + a·d, j·s + b·d, c] · depthwise_kernel[a, b, c, m], and
    y = activation(z · pointwise_kernel + bias), with M = depth_multiplier, stride s and dilation d. Input
    (height, width, channels) gives (height', width', filters). Weights: depthwise_kernel (kernel height,
    kernel width, channels, M), pointwise_kernel (1, 1, channels · M, filters), bias (filters,) (Chollet,
    "Xception: Deep Learning with Depthwise Separable Convolutions", 2017).
    """

    keywords = ("separable", "depthwise", "pointwise", "convolution", "conv", "cnn", "xception", "mobilenet", "image")
    keras = "SeparableConv2D"
    without = {
        "torch": "two Conv2d, the first with a group for each channel, the second of size 1",
        "onnx": "two Conv, the first with a group for each channel, the second of size 1",
    }
