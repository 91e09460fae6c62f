"""The base of convolutions in which each channel has kernels of its own."""

from __future__ import annotations

from netstudio.graph.node_type import WeightSpec
from netstudio.graph.tensor import TensorSpec
from netstudio.layers.activations import activation_param
from netstudio.layers.convolve import convolve_depthwise
from netstudio.layers.kernel import use_bias_param
from netstudio.layers.learnt import learnt_params, learnt_weight
from netstudio.layers.sliding import SlidingLayer, depth_multiplier_param
from netstudio.layers.window import dilation_param, kernel_size_param, padding_param, strides_param
from netstudio.ops import Ops, Value


class DepthwiseConvolution(SlidingLayer, abstract=True):
    """The parameters, and how they become a convolution."""

    kernel_size = kernel_size_param(2)
    strides = strides_param(2)
    padding = padding_param()
    depth_multiplier = depth_multiplier_param()
    dilation_rate = dilation_param(2)
    activation = activation_param()
    use_bias = use_bias_param()
    learnt = learnt_params({"depthwise": "glorot_uniform", "bias": "zeros"}, {"depthwise": "kernel"})

    def infer(self, x: TensorSpec) -> TensorSpec:
        return TensorSpec((*self.window.over(x), x.shape[-1] * self.depth_multiplier))

    def weights(self, x: TensorSpec) -> dict[str, WeightSpec]:  # type: ignore[override]
        kernel = learnt_weight(self, "depthwise", (*self.kernel_size, x.shape[-1], self.depth_multiplier))
        return {"kernel": kernel, **self.bias_of(x.shape[-1] * self.depth_multiplier)}

    def lower(self, ops: Ops, x: Value) -> Value:
        return self.add_bias_and_activate(ops, convolve_depthwise(ops, x, ops.weight("kernel"), self.window))
