"""The base of transposed convolutions, which go back from a convolution's output to the size of its input."""

from __future__ import annotations

from netstudio.errors import ShapeError
from netstudio.graph.node_type import WeightSpec
from netstudio.graph.params import Choice, Ints
from netstudio.graph.problems import SetParam
from netstudio.graph.tensor import TensorSpec
from netstudio.layers.activations import activation_param
from netstudio.layers.convolve import convolve_transposed
from netstudio.layers.grid import require_grid
from netstudio.layers.kernel import use_bias_param
from netstudio.layers.learnt import learnt_params, learnt_weight
from netstudio.layers.sliding import SlidingLayer, filters_param
from netstudio.layers.window import (
    Sizes,
    dilation_param,
    kernel_size_param,
    refuse_strides_with_dilation,
    sizes_param,
    strides_param,
)
from netstudio.ops import Ops, Value


def transposed_padding_param() -> Choice:
    doc = (
        '"valid" keeps every cell that a window reaches; "same" cuts the edges so that the output has the size of '
        "the input times the stride."
    )
    return Choice(("valid", "same"), "valid", doc=doc)


def output_padding_param(rank: int) -> Ints:
    doc = "Cells to add after the output, less than the stride; none adds what makes each stride whole."
    return sizes_param(rank, None, minimum=0, doc=doc)


class TransposedConvolution(SlidingLayer, abstract=True):
    """The parameters, and how they become a convolution."""

    filters = filters_param()
    kernel_size = kernel_size_param(2)
    strides = strides_param(2)
    padding = transposed_padding_param()
    output_padding = output_padding_param(2)
    dilation_rate = dilation_param(2)
    activation = activation_param()
    use_bias = use_bias_param()
    learnt = learnt_params({"kernel": "glorot_uniform", "bias": "zeros"})

    def infer(self, x: TensorSpec) -> TensorSpec:
        require_grid(x, len(self.kernel_size))
        refuse_strides_with_dilation(self.strides, self.dilation_rate)
        self._check_output_padding()
        sizes = self._sizes(x.shape[:-1])
        if 0 in sizes:
            raise ShapeError(
                f"the input of the shape {x.shape} gives an output of no cells, {sizes}; set padding to "
                '"valid" or output_padding to none',
                hints=(SetParam("padding", "valid"), SetParam("output_padding", None)),
            )
        return TensorSpec((*sizes, self.filters))

    def _check_output_padding(self) -> None:
        if self.output_padding and any(p >= s for p, s in zip(self.output_padding, self.strides)):
            raise ShapeError(
                f"output_padding is {self.output_padding} and strides is {self.strides}; expected less than the "
                "stride along each axis",
                hints=(SetParam("output_padding", None),),
            )

    def _sizes(self, places: Sizes) -> Sizes:
        """The cells along each axis of the output, as keras.src.backend.common.backend_utils counts them."""
        added: Sizes | tuple[None, ...] = self.output_padding or (None,) * len(places)
        each = zip(places, self.window.spans, self.strides, added)
        return tuple(self._size(n, span, stride, extra) for n, span, stride, extra in each)

    def _size(self, places: int, span: int, stride: int, extra: int | None) -> int:
        if self.padding == "same":
            return places * stride if extra is None else (places - 1) * stride + span % 2 + extra
        return (places - 1) * stride + (max(span, stride) if extra is None else span + extra)

    def weights(self, x: TensorSpec) -> dict[str, WeightSpec]:  # type: ignore[override]
        kernel = (*self.kernel_size, self.filters, x.shape[-1])
        return {"kernel": learnt_weight(self, "kernel", kernel), **self.bias_of(self.filters)}

    def lower(self, ops: Ops, x: Value) -> Value:
        y = convolve_transposed(ops, x, ops.weight("kernel"), self.window, self._sizes(x.shape[1:-1]))
        return self.add_bias_and_activate(ops, y)
