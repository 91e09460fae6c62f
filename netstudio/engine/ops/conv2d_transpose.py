"""The transposed convolution: the gradient of a convolution's input as an operation that has gradients itself."""

from __future__ import annotations

from collections.abc import Sequence

from netstudio.engine.ir import Builder, Value
from netstudio.engine.ops.conv2d import CONV2D, GRAD_KERNEL, GradInput, sizes


def build(b: Builder, x: Value, kernel: Value, size: tuple[int, int], **attrs: object) -> Value:
    """The value; its attributes are those of the convolution that leads from it back to the shape of `x`."""
    shape = (x.shape[0], *size, kernel.shape[2])
    seen = sizes(shape, kernel.shape, {**attrs, "groups": 1})
    if (*seen.output, seen.filters) != x.shape[1:]:
        raise ValueError(f"conv2d_transpose: a convolution of {shape} gives {seen.output}, not {x.shape}")
    return b.make(CONV2D_TRANSPOSE, x, kernel, x_shape=shape, groups=1, **attrs)


class Conv2DTranspose(GradInput):
    """x (N, H', W', C), kernel (kh, kw, O, C) to (N, H, W, O); it is linear in both, so that its gradients are those
    of the convolution from (N, H, W, O) to (N, H', W', C).
    """

    name = "conv2d_transpose"

    def vjp(self, b: Builder, y: Value, g: Value) -> Sequence[Value | None]:
        x, kernel = y.inputs
        attrs = {name: value for name, value in y.attrs.items() if name != "x_shape"}
        dk = b.make(GRAD_KERNEL, g, x, kernel_shape=kernel.shape, **attrs)
        return [b.make(CONV2D, g, kernel, **attrs), dk]


CONV2D_TRANSPOSE = Conv2DTranspose()
