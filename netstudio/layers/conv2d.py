"""Conv2D: a convolution over images."""

from netstudio.layers.convolution import Convolution


class Conv2D(Convolution):
    """A convolution: each output channel looks at the image through a small learnt window.

    y[i, j, o] = activation(sum over the window and the channels of x[i·s + a·d, j·s + b·d, c] · kernel[a, b, c, o]
    + bias[o]), with stride s and dilation d. Input (height, width, channels) gives (height', width', filters); with
    padding "same" and stride 1 height and width stay. Weights: kernel (kernel height, kernel width,
    channels / groups, filters), bias (filters,) (LeCun et al., "Gradient-based learning applied to document
    recognition", 1998).
    """

    keywords = ("convolution", "convolutional", "cnn", "conv", "filter", "image", "grouped", "dilated", "atrous")
    keras, torch, onnx = "Conv2D", "Conv2d", "Conv"
