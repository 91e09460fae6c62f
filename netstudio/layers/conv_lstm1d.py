"""ConvLSTM1D: an LSTM whose products are convolutions over rows."""

from netstudio.layers.conv_lstm import ConvLSTM
from netstudio.layers.window import dilation_param, kernel_size_param, padding_param, strides_param


class ConvLSTM1D(ConvLSTM):
    """Reads a sequence of rows and remembers at every place of them: an LSTM with convolutions for products.

    As LSTM, with z = x * kernel + h * recurrent_kernel + bias, where * is a convolution; that of h keeps its size.
    Input (steps, places, channels) gives the last h (places', filters), or all of them (steps, places', filters) with
    return_sequences. Steps that a mask leaves out change no state. Weights: kernel (window, channels, 4 filters),
    recurrent_kernel (window, filters, 4 filters), bias (4 filters,), gates in the order i, f, g, o. Shi et al.,
    "Convolutional LSTM Network: A Machine Learning Approach for Precipitation Nowcasting", 2015.
    """

    keywords = ("convolutional lstm", "rows", "sensors", "spatio-temporal", "nowcasting", "recurrent", "rnn")
    keras = "ConvLSTM1D"
    without = {"torch": "PyTorch has no such layer", "onnx": "it is Conv operators step by step there"}
    rank = 1

    kernel_size = kernel_size_param(1)
    strides = strides_param(1)
    padding = padding_param()
    dilation_rate = dilation_param(1)
