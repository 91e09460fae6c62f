"""The base of convolutions over sequences, images and volumes."""

from __future__ import annotations

from netstudio.errors import ShapeError
from netstudio.graph.node_type import WeightSpec
from netstudio.graph.params import Int
from netstudio.graph.problems import SetParam
from netstudio.graph.tensor import TensorSpec
from netstudio.layers.activations import activation_param
from netstudio.layers.convolve import convolve
from netstudio.layers.kernel import use_bias_param
from netstudio.layers.learnt import learnt_params, learnt_weight
from netstudio.layers.sliding import SlidingLayer, filters_param
from netstudio.layers.window import (
    dilation_param,
    kernel_size_param,
    padding_param,
    refuse_strides_with_dilation,
    strides_param,
)
from netstudio.ops import Ops, Value


class Convolution(SlidingLayer, abstract=True):
    """The parameters, and how they become a convolution."""

    filters = filters_param()
    kernel_size = kernel_size_param(2)
    strides = strides_param(2)
    padding = padding_param()
    dilation_rate = dilation_param(2)
    groups = Int(1, minimum=1, doc="Into how many groups the channels are split, each convolved for itself.")
    activation = activation_param()
    use_bias = use_bias_param()
    learnt = learnt_params({"kernel": "glorot_uniform", "bias": "zeros"})

    def infer(self, x: TensorSpec) -> TensorSpec:
        places = self.window.over(x)
        self._check_groups(x)
        refuse_strides_with_dilation(self.strides, self.dilation_rate)
        return TensorSpec((*places, self.filters))

    def _check_groups(self, x: TensorSpec) -> None:
        for count, what in ((x.shape[-1], f"the channels of the input {x.shape}"), (self.filters, "filters")):
            if count % self.groups:
                raise ShapeError(
                    f"groups is {self.groups}, which does not divide {what}: {count}; expected a divisor of it",
                    hints=(SetParam("groups", 1),),
                )

    def weights(self, x: TensorSpec) -> dict[str, WeightSpec]:  # type: ignore[override]
        kernel = (*self.kernel_size, x.shape[-1] // self.groups, self.filters)
        return {"kernel": learnt_weight(self, "kernel", kernel), **self.bias_of(self.filters)}

    def lower(self, ops: Ops, x: Value) -> Value:
        y = convolve(ops, x, ops.weight("kernel"), self.window, self.groups)
        return self.add_bias_and_activate(ops, y)
