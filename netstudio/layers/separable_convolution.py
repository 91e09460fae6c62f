"""The base of convolutions in two steps: each channel by itself, then a product that mixes them."""

from __future__ import annotations

from netstudio.graph.node_type import WeightSpec
from netstudio.graph.tensor import TensorSpec
from netstudio.layers.activations import activation_param
from netstudio.layers.convolve import convolve_depthwise
from netstudio.layers.kernel import use_bias_param
from netstudio.layers.learnt import learnt_params, learnt_weight
from netstudio.layers.sliding import SlidingLayer, depth_multiplier_param, filters_param
from netstudio.layers.window import dilation_param, kernel_size_param, padding_param, strides_param
from netstudio.ops import Ops, Value


class SeparableConvolution(SlidingLayer, abstract=True):
    """The parameters, and how they become a convolution."""

    filters = filters_param()
    kernel_size = kernel_size_param(2)
    strides = strides_param(2)
    padding = padding_param()
    dilation_rate = dilation_param(2)
    depth_multiplier = depth_multiplier_param()
    activation = activation_param()
    use_bias = use_bias_param()
    learnt = learnt_params(
        {"depthwise": "glorot_uniform", "pointwise": "glorot_uniform", "bias": "zeros"},
        {"depthwise": "depthwise kernel", "pointwise": "pointwise kernel"},
    )

    def infer(self, x: TensorSpec) -> TensorSpec:
        return TensorSpec((*self.window.over(x), self.filters))

    def weights(self, x: TensorSpec) -> dict[str, WeightSpec]:  # type: ignore[override]
        channels, many = x.shape[-1], self.depth_multiplier
        ones = (1,) * len(self.kernel_size)
        return {
            "depthwise_kernel": learnt_weight(self, "depthwise", (*self.kernel_size, channels, many)),
            "pointwise_kernel": learnt_weight(self, "pointwise", (*ones, channels * many, self.filters)),
            **self.bias_of(self.filters),
        }

    def lower(self, ops: Ops, x: Value) -> Value:
        pointwise = ops.weight("pointwise_kernel")
        deep = convolve_depthwise(ops, x, ops.weight("depthwise_kernel"), self.window)
        return self.add_bias_and_activate(ops, deep @ ops.reshape(pointwise, pointwise.shape[-2:]))
