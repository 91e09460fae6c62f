"""Conv3D: a convolution over volumes."""

from netstudio.layers.convolution import Convolution
from netstudio.layers.window import dilation_param, kernel_size_param, strides_param


class Conv3D(Convolution):
    """A convolution over volumes or films: each output channel looks through a small learnt box.

    y[h, i, j, o] = activation(sum over the box and the channels of x[h·s + a·d, i·s + b·d, j·s + e·d, c] ·
    kernel[a, b, e, c, o] + bias[o]), with stride s and dilation d. Input (depth, height, width, channels) gives
    (depth', height', width', filters); with padding "same" and stride 1 the sizes stay. Weights: kernel (kernel depth,
    kernel height, kernel width, channels / groups, filters), bias (filters,) (Tran et al., "Learning Spatiotemporal
    Features with 3D Convolutional Networks", 2015).
    """

    keywords = ("convolution", "cnn", "conv", "filter", "volume", "video", "film", "voxel", "c3d", "medical")
    keras, torch, onnx = "Conv3D", "Conv3d", "Conv"

    kernel_size = kernel_size_param(3)
    strides = strides_param(3)
    dilation_rate = dilation_param(3)
