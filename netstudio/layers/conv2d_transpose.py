"""Conv2DTranspose: a convolution backwards, from a small image to a large one."""

from netstudio.layers.transposed_convolution import TransposedConvolution


class Conv2DTranspose(TransposedConvolution):
    """A convolution backwards: each pixel of the input adds its window to the output, which a stride makes larger.

    y[i·s + a·d - t, j·s + b·d - t, o] is the sum over all i, j, a, b and the channels of x[i, j, c] ·
    kernel[a, b, o, c]; then bias and activation, with stride s, dilation d and the cells t that "same" cuts off. Input
    (height, width, channels) gives (height', width', filters); with padding "same" height' = height · s. Weights:
    kernel (kernel height, kernel width, filters, channels), bias (filters,) (Zeiler et al., "Deconvolutional Networks",
    2010).
    """

    keywords = (
        "transposed convolution", "deconvolution", "deconv", "convtranspose2d", "fractionally strided", "upsample",
        "decoder", "generator", "autoencoder", "gan", "image",
    )  # fmt: skip
    keras, torch, onnx = "Conv2DTranspose", "ConvTranspose2d", "ConvTranspose"
