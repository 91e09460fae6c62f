"""Conv2D: a convolution over images."""

from netstudio.errors import ShapeError
from netstudio.graph.node_type import WeightSpec
from netstudio.graph.params import Int, Ints
from netstudio.graph.problems import SetParam
from netstudio.graph.tensor import TensorSpec
from netstudio.layers.activations import activation_param
from netstudio.layers.base import padding_param, strides_param, times
from netstudio.layers.kernel import (
    KernelLayer,
    constraint_param,
    initializer_param,
    regularizer_param,
    use_bias_param,
)
from netstudio.layers.window2d import pair, windowed_padding, windowed_shape
from netstudio.ops import Ops, Value


class Conv2D(KernelLayer):
    """A convolution: each output channel looks at the image through a small learnt window.

    y[i, j, o] = activation(sum over the window and the channels of x[i·s + a·d, j·s + b·d, c] · kernel[a, b, c, o]
    + bias[o]), with stride s and dilation d. Input (height, width, channels) gives (height', width', filters); with
    padding "same" and stride 1 height and width stay. Weights: kernel (kernel height, kernel width,
    channels / groups, filters), bias (filters,).
    """

    category = "convolution"
    icon = "conv"
    keywords = ("convolution", "convolutional", "cnn", "conv", "filter", "image", "grouped", "dilated", "atrous")
    keras, torch, onnx = "Conv2D", "Conv2d", "Conv"

    filters = Int(minimum=1, initial=32, doc="How many output channels.")
    kernel_size = Ints(2, initial=[3, 3], axes=("height", "width"), doc="The size of the window.")
    strides = strides_param()
    padding = padding_param()
    dilation_rate = Ints(2, (1, 1), axes=("height", "width"), doc="How far apart the cells of the window are.")
    groups = Int(1, minimum=1, doc="Into how many groups the channels are split, each convolved for itself.")
    activation = activation_param()
    use_bias = use_bias_param()
    kernel_initializer = initializer_param("kernel", "glorot_uniform")
    bias_initializer = initializer_param("bias", "zeros")
    kernel_regularizer = regularizer_param("kernel")
    bias_regularizer = regularizer_param("bias")
    kernel_constraint = constraint_param("kernel")
    bias_constraint = constraint_param("bias")

    def caption(self) -> str:
        strides = f"/{times(self.strides)}" if max(self.strides) > 1 else ""
        parts = [f"{self.filters}", f"{times(self.kernel_size)}{strides}", self.padding, self.activation]
        return " · ".join(p for p in parts if p)

    def infer(self, x: TensorSpec) -> TensorSpec:
        size = windowed_shape(x, self.kernel_size, self.strides, self.dilation_rate, self.padding)
        self._check_groups(x)
        if max(self.strides) > 1 and max(self.dilation_rate) > 1:
            raise ShapeError(
                f"strides {self.strides} and dilation_rate {self.dilation_rate} are both above 1; set one to (1, 1)",
                hints=(SetParam("dilation_rate", (1, 1)), SetParam("strides", (1, 1))),
            )
        return TensorSpec((*size, self.filters))

    def _check_groups(self, x: TensorSpec) -> None:
        for count, what in ((x.shape[-1], f"the channels of the input {x.shape}"), (self.filters, "filters")):
            if count % self.groups:
                raise ShapeError(
                    f"groups is {self.groups}, which does not divide {what}: {count}; expected a divisor of it",
                    hints=(SetParam("groups", 1),),
                )

    def weights(self, x: TensorSpec) -> dict[str, WeightSpec]:  # type: ignore[override]
        return self.kernel_and_bias((*self.kernel_size, x.shape[-1] // self.groups, self.filters))

    def lower(self, ops: Ops, x: Value) -> Value:
        strides, dilation = pair(self.strides), pair(self.dilation_rate)
        padding = windowed_padding(x.shape, self.kernel_size, strides, dilation, self.padding)
        return self.add_bias_and_activate(
            ops, ops.conv2d(x, ops.weight("kernel"), strides, padding, dilation, self.groups)
        )
