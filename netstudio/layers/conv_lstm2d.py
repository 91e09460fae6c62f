"""ConvLSTM2D: an LSTM whose products are convolutions over images."""

from netstudio.layers.conv_lstm import ConvLSTM
from netstudio.layers.window import dilation_param, kernel_size_param, padding_param, strides_param


class ConvLSTM2D(ConvLSTM):
    """Reads a sequence of images and remembers at every place of them: an LSTM with convolutions for products.

    As LSTM, with z = x * kernel + h * recurrent_kernel + bias, where * is a convolution; that of h keeps its size.
    Input (steps, height, width, channels) gives the last h (height', width', filters), or all of them (steps, height',
    width', filters) with return_sequences. Steps that a mask leaves out change no state. Weights: kernel (window
    height, window width, channels, 4 filters), recurrent_kernel (window height, window width, filters, 4 filters), bias
    (4 filters,), gates in the order i, f, g, o. Shi et al., "Convolutional LSTM Network: A Machine Learning Approach
    for Precipitation Nowcasting", 2015.
    """

    keywords = ("convolutional lstm", "video", "frames", "spatio-temporal", "nowcasting", "recurrent", "rnn")
    keras = "ConvLSTM2D"
    without = {"torch": "PyTorch has no such layer", "onnx": "it is Conv operators step by step there"}
    rank = 2

    kernel_size = kernel_size_param(2)
    strides = strides_param(2)
    padding = padding_param()
    dilation_rate = dilation_param(2)
