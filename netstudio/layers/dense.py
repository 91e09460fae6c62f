"""Dense: a fully connected layer."""

from netstudio.errors import ShapeError
from netstudio.graph.node_type import WeightSpec
from netstudio.graph.params import Int
from netstudio.graph.problems import InsertBefore
from netstudio.graph.tensor import TensorSpec
from netstudio.layers.activations import activation_param
from netstudio.layers.base import require_float
from netstudio.layers.kernel import KernelLayer, use_bias_param
from netstudio.layers.learnt import learnt_params, learnt_weight
from netstudio.ops import Ops, Value


class Dense(KernelLayer):
    """A fully connected layer: y = activation(x · kernel + bias).

    Input (..., features) gives (..., units); every axis but the last is kept. Weights: kernel (features, units),
    bias (units,).
    """

    category = "core"
    icon = "dense"
    keywords = ("linear", "fully connected", "affine", "gemm", "matmul", "perceptron", "mlp")
    keras, torch, onnx = "Dense", "Linear", "Gemm"
    passes_mask = True

    units = Int(minimum=1, initial=64, doc="How many output features.")
    activation = activation_param()
    use_bias = use_bias_param()
    learnt = learnt_params({"kernel": "glorot_uniform", "bias": "zeros"})

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
        return {"kernel": learnt_weight(self, "kernel", (x.shape[-1], self.units)), **self.bias_of(self.units)}

    def lower(self, ops: Ops, x: Value) -> Value:
        return self.add_bias_and_activate(ops, x @ ops.weight("kernel"))
