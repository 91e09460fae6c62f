"""Dense: a fully connected layer."""

from netstudio.errors import ShapeError
from netstudio.graph.declared import Object
from netstudio.graph.node_type import WeightSpec
from netstudio.graph.params import Bool, Int
from netstudio.graph.problems import InsertBefore
from netstudio.graph.tensor import TensorSpec
from netstudio.initializers import INITIALIZERS
from netstudio.layers.activations import activation_param, apply_activation
from netstudio.layers.base import Layer, require_float
from netstudio.ops import Ops, Value
from netstudio.regularizers import REGULARIZERS


class Dense(Layer):
    """A fully connected layer: y = activation(x · kernel + bias).

    Input (..., features) gives (..., units); every axis but the last is kept.
    """

    category = "core"
    icon = "dense"
    keywords = ("linear", "fully connected", "affine", "gemm", "perceptron")
    keras, torch, onnx = "Dense", "Linear", "Gemm"

    units = Int(minimum=1, initial=64, doc="How many output features.")
    activation = activation_param()
    use_bias = Bool(True, doc="Add a learnt bias to each output.")
    kernel_initializer = Object(INITIALIZERS, "glorot_uniform", doc="How the kernel starts.")
    bias_initializer = Object(INITIALIZERS, "zeros", doc="How the bias starts.")
    kernel_regularizer = Object(REGULARIZERS, None, doc="A penalty on the kernel, added to the loss.")
    bias_regularizer = Object(REGULARIZERS, None, doc="A penalty on the bias, added to the loss.")

    def caption(self) -> str:
        return f"{self.units} · {self.activation}" if self.activation else f"{self.units}"

    def infer(self, x: TensorSpec) -> TensorSpec:
        require_float(x)
        if not x.shape:
            raise ShapeError(
                "the input has the shape (); expected (features,)",
                hints=(InsertBefore("Reshape", {"target_shape": [1]}),),
            )
        return TensorSpec((*x.shape[:-1], self.units))

    def weights(self, x: TensorSpec) -> dict[str, WeightSpec]:  # type: ignore[override]
        kernel = WeightSpec((x.shape[-1], self.units), self.kernel_initializer, regularizer=self.kernel_regularizer)
        bias = WeightSpec((self.units,), self.bias_initializer, regularizer=self.bias_regularizer)
        return {"kernel": kernel, "bias": bias} if self.use_bias else {"kernel": kernel}

    def lower(self, ops: Ops, x: Value) -> Value:
        y = x @ ops.weight("kernel")
        if self.use_bias:
            y = y + ops.weight("bias")
        return apply_activation(self.activation, ops, y)
