"""RMSNormalization: features of root mean square 1."""

from __future__ import annotations

from netstudio.graph.node_type import WeightSpec
from netstudio.graph.params import Float
from netstudio.graph.tensor import TensorSpec
from netstudio.initializers import INITIALIZERS
from netstudio.layers.axes import axis_caption, axis_param, lie_along, sample_axis
from netstudio.layers.same_shape import SameShape
from netstudio.ops import Ops, Value


class RMSNormalization(SameShape):
    """Scales the features of each place to root mean square 1, then by what it learns.

    y = scale · x / sqrt(mean of x² + epsilon), the mean along one axis of each sample, in training as in inference.
    Input (..., features) keeps its shape; scale is (features,). Cheaper than LayerNormalization,
    as there is no mean. Zhang and Sennrich, "Root Mean Square Layer Normalization", 2019.
    """

    category = "normalisation"
    icon = "norm"
    keywords = ("rmsnorm", "root mean square", "normalise", "normalize", "layernorm", "transformer")
    keras, torch, onnx = "RMSNormalization", "RMSNorm", "RMSNormalization"

    axis = axis_param("of the features")
    epsilon = Float(1e-6, above=0.0, doc="Added to the mean square, so that nothing is divided by zero.")

    def caption(self) -> str:
        return axis_caption(self.axis)

    def infer(self, x: TensorSpec) -> TensorSpec:
        sample_axis(x, self.axis)
        return super().infer(x)

    def weights(self, x: TensorSpec) -> dict[str, WeightSpec]:  # type: ignore[override]
        return {"scale": WeightSpec((x.shape[sample_axis(x, self.axis) - 1],), INITIALIZERS["ones"]())}

    def lower(self, ops: Ops, x: Value) -> Value:
        squares = ops.mean(ops.square(x), self.axis, keepdims=True)
        return x * ops.rsqrt(squares + self.epsilon) * lie_along(ops, ops.weight("scale"), self.axis, x.ndim)
