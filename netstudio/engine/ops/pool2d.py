"""Two-dimensional pooling, NHWC. Cells of padding never count."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from netstudio.engine.ir import Builder, Op, Shape, Value
from netstudio.engine.kernels import pool as kernels

if TYPE_CHECKING:
    from netstudio.engine.emit import Emitter, Instruction


def _windows(attrs: Mapping[str, Any]) -> tuple[Any, Any, Any]:
    return attrs["size"], attrs["strides"], attrs["padding"]


class Pool(Op):
    """The maximum or average of each window; of a maximum perhaps the ReLU (attribute `activation`)."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.name = f"{kind}_pool2d"

    def infer(self, inputs: Sequence[Value], attrs: Mapping[str, Any]) -> Shape:
        n, h, w, c = inputs[0].shape
        (kh, kw), (sh, sw), (top, bottom, left, right) = _windows(attrs)
        return n, (h + top + bottom - kh) // sh + 1, (w + left + right - kw) // sw + 1, c

    def vjp(self, b: Builder, y: Value, g: Value) -> Sequence[Value | None]:
        (x,) = y.inputs
        if self.kind == "max":
            return [b.make(MAX_POOL_GRAD, g, x, x_shape=x.shape, **y.attrs)]
        return [b.make(AVERAGE_POOL_GRAD, g, x_shape=x.shape, **y.attrs)]

    def instructions(self, e: Emitter, y: Value) -> list[Instruction]:
        (x,) = y.inputs
        kind = "relu_max" if y.attrs.get("activation") else self.kind
        return e.calls(kernels.forward(kind, e.address(x), e.address(y), x.shape, y.shape, *_windows(y.attrs)))


class PoolGrad(Op):
    """The gradient of the input; that of a maximum goes to the first one in its window."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.name = f"{kind}_pool2d_grad"

    def infer(self, inputs: Sequence[Value], attrs: Mapping[str, Any]) -> Shape:
        return tuple(attrs["x_shape"])

    def instructions(self, e: Emitter, y: Value) -> list[Instruction]:
        g, *x = y.inputs
        return e.calls(
            kernels.grad(
                self.kind, e.address(x[0]) if x else 0, e.address(g), e.address(y), y.shape, g.shape, *_windows(y.attrs)
            )
        )


MAX_POOL, AVERAGE_POOL = Pool("max"), Pool("average")
MAX_POOL_GRAD, AVERAGE_POOL_GRAD = PoolGrad("max"), PoolGrad("average")
