"""Two-dimensional convolution (NHWC by HWIO) and its two gradients, with a bias and an activation that ride along."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from netstudio.engine.ir import Builder, Op, Shape, Value
from netstudio.engine.kernels import conv
from netstudio.engine.ops.matmul import ACTIVATIONS

if TYPE_CHECKING:
    from netstudio.engine.emit import Emitter, Instruction


def sizes(x: Shape, kernel: Shape, attrs: Mapping[str, Any]) -> conv.Convolution:
    """What the kernels want to know of a convolution of input shape `x` and kernel shape `kernel`."""
    images, height, width, channels = x
    return conv.Convolution(
        images, height, width, channels, kernel[3], (kernel[0], kernel[1]),
        attrs["strides"], attrs["dilation"], attrs["padding"], attrs["groups"],
    )  # fmt: skip


def _multiply_adds(y: Shape, kernel: Shape) -> int:
    """Those of a convolution of output shape `y`, and of each of its gradients; windows over the edge count whole."""
    return prod(y) * prod(kernel[:3])


class Conv2D(Op):
    """x (N, H, W, C), kernel (kh, kw, C / groups, O), perhaps a bias (O,)."""

    name = "conv2d"

    def infer(self, inputs: Sequence[Value], attrs: Mapping[str, Any]) -> Shape:
        made = sizes(inputs[0].shape, inputs[1].shape, attrs)
        return (made.images, *made.output, made.filters)

    def vjp(self, b: Builder, y: Value, g: Value) -> Sequence[Value | None]:
        x, kernel = y.inputs
        dx = b.make(GRAD_INPUT, g, kernel, x_shape=x.shape, **y.attrs)
        dk = b.make(GRAD_KERNEL, x, g, kernel_shape=kernel.shape, **y.attrs)
        return [dx, dk]

    def multiply_adds(self, y: Value) -> int:
        return _multiply_adds(y.shape, y.inputs[1].shape)

    def scratch(self, y: Value, workers: int, dtype: np.dtype[Any]) -> int:
        return conv.forward_scratch(sizes(y.inputs[0].shape, y.inputs[1].shape, y.attrs), workers, dtype)

    def instructions(self, e: Emitter, y: Value) -> list[Instruction]:
        x, kernel, *bias = y.inputs
        return e.calls(
            conv.forward(
                sizes(x.shape, kernel.shape, y.attrs), e.address(x), e.address(kernel), e.address(y), dtype=e.dtype,
                bias=e.address(bias[0]) if bias else 0, activation=ACTIVATIONS[y.attrs.get("activation")],
                scratch=e.scratch,
            )
        )  # fmt: skip


class GradInput(Op):
    """The gradient of x, from that of the output and the kernel."""

    name = "conv2d_grad_input"

    def infer(self, inputs: Sequence[Value], attrs: Mapping[str, Any]) -> Shape:
        return tuple(attrs["x_shape"])

    def multiply_adds(self, y: Value) -> int:
        return _multiply_adds(y.inputs[0].shape, y.inputs[1].shape)

    def scratch(self, y: Value, workers: int, dtype: np.dtype[Any]) -> int:
        return conv.grad_input_scratch(sizes(y.shape, y.inputs[1].shape, y.attrs), workers, dtype)

    def instructions(self, e: Emitter, y: Value) -> list[Instruction]:
        g, kernel = y.inputs
        shape = sizes(y.shape, kernel.shape, y.attrs)
        return e.calls(
            conv.grad_input(shape, e.address(g), e.address(kernel), e.address(y), dtype=e.dtype, scratch=e.scratch)
        )


class GradKernel(Op):
    """The gradient of the kernel, from x and that of the output."""

    name = "conv2d_grad_kernel"

    def infer(self, inputs: Sequence[Value], attrs: Mapping[str, Any]) -> Shape:
        return tuple(attrs["kernel_shape"])

    def multiply_adds(self, y: Value) -> int:
        return _multiply_adds(y.inputs[1].shape, y.shape)

    def scratch(self, y: Value, workers: int, dtype: np.dtype[Any]) -> int:
        return conv.grad_kernel_scratch(sizes(y.inputs[0].shape, y.shape, y.attrs), workers, dtype)

    def instructions(self, e: Emitter, y: Value) -> list[Instruction]:
        x, g = y.inputs
        shape = sizes(x.shape, y.shape, y.attrs)
        return e.calls(
            conv.grad_kernel(shape, e.address(x), e.address(g), e.address(y), dtype=e.dtype, scratch=e.scratch)
        )


CONV2D, GRAD_INPUT, GRAD_KERNEL = Conv2D(), GradInput(), GradKernel()
