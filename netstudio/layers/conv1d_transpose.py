"""Conv1DTranspose: a convolution backwards, from a short sequence to a long one."""

from netstudio.layers.transposed_convolution import TransposedConvolution, output_padding_param
from netstudio.layers.window import dilation_param, kernel_size_param, strides_param


class Conv1DTranspose(TransposedConvolution):
    """A convolution backwards: each step of the input adds its window to the output, which a stride makes longer.

    y[i·s + a·d - t, o] is the sum over all i, a and the features of x[i, c] · kernel[a, o, c]; then bias and
    activation, with stride s, dilation d and the cells t that "same" cuts off. Input (steps, features) gives
    (steps', filters); with padding "same" steps' = steps · s. Weights: kernel (kernel steps, filters, features),
    bias (filters,) (Zeiler et al., "Deconvolutional Networks", 2010, of images).
    """

    keywords = (
        "transposed convolution", "deconvolution", "deconv", "convtranspose1d", "fractionally strided", "upsample",
        "decoder", "autoencoder", "sequence", "time series", "audio",
    )  # fmt: skip
    keras, torch, onnx = "Conv1DTranspose", "ConvTranspose1d", "ConvTranspose"

    kernel_size = kernel_size_param(1)
    strides = strides_param(1)
    output_padding = output_padding_param(1)
    dilation_rate = dilation_param(1)
