"""Matrix products, with a bias and an activation that ride along."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from netstudio.engine.ir import Builder, Op, Shape, Value
from netstudio.engine.kernels import gemm

if TYPE_CHECKING:
    from netstudio.engine.emit import Emitter, Instruction

ACTIVATIONS = {None: 0, "relu": 1}


def build(b: Builder, x: Value, w: Value, transpose_x: bool, transpose_w: bool) -> Value:
    """The product; where `w` is one matrix, the leading axes of `x` become rows."""
    if x.ndim > 2 and w.ndim == 2 and not transpose_x:
        rows = b.reshape(x, (prod(x.shape[:-1]), x.shape[-1]))
        y = b.make(MATMUL, rows, w, transpose_x=False, transpose_w=transpose_w)
        return b.reshape(y, (*x.shape[:-1], y.shape[-1]))
    return b.make(MATMUL, x, w, transpose_x=transpose_x, transpose_w=transpose_w)


class MatMul(Op):
    """x (..., m, k) by w (..., k, n); either may be given transposed. A third input is a bias (n,)."""

    name = "matmul"

    def infer(self, inputs: Sequence[Value], attrs: Mapping[str, Any]) -> Shape:
        x, w = inputs[0].shape, inputs[1].shape
        m, k = (x[-1], x[-2]) if attrs["transpose_x"] else x[-2:]
        k2, n = (w[-1], w[-2]) if attrs["transpose_w"] else w[-2:]
        if k != k2:
            raise ValueError(f"matmul: {x} by {w}: {k} columns against {k2} rows")
        return (*np.broadcast_shapes(x[:-2], w[:-2]), m, n)

    def vjp(self, b: Builder, y: Value, g: Value) -> Sequence[Value | None]:
        x, w = y.inputs
        tx, tw = y.attrs["transpose_x"], y.attrs["transpose_w"]
        dx = b.matmul(w, g, tw, True) if tx else b.matmul(g, w, False, not tw)
        dw = b.matmul(g, x, True, tx) if tw else b.matmul(x, g, not tx, False)
        return [b.sum_to(dx, x.shape), b.sum_to(dw, w.shape)]

    def by_row(self, y: Value) -> Sequence[bool] | None:
        x, w, *bias = y.inputs
        together = x.ndim == w.ndim == y.ndim > 2 and x.shape[0] == w.shape[0] == y.shape[0]
        if gemm.is_one_sum(_layout(y)["k"]) and (together or (w.ndim == y.ndim == 2 and not y.attrs["transpose_x"])):
            return [True, together, *(False for _ in bias)]
        return None

    def multiply_adds(self, y: Value) -> int:
        x = y.inputs[0]
        return y.size * (x.shape[-2] if y.attrs["transpose_x"] else x.shape[-1])

    def scratch(self, y: Value, workers: int, dtype: np.dtype[Any]) -> int:
        layout = _layout(y)
        return gemm.scratch(
            layout["m"], layout["n"], layout["k"], layout["x_strides"], layout["w_strides"], workers, dtype,
            layout["batch"],
        )  # fmt: skip

    def instructions(self, e: Emitter, y: Value) -> list[Instruction]:
        x, w, *bias = y.inputs
        return e.calls(
            gemm.instructions(
                e.pointer(x) or e.address(x), e.address(w), e.address(y), **_layout(y), dtype=e.dtype,
                bias=e.address(bias[0]) if bias else 0,
                activation=ACTIVATIONS[y.attrs.get("activation")], scratch=e.scratch, pointed=e.pointer(x) != 0,
            )
        )  # fmt: skip


def _layout(y: Value) -> dict[str, Any]:
    """Sizes and strides for the kernel: batch axes are merged into at most two levels."""
    x, w = y.inputs[:2]
    m, n = y.shape[-2:]
    k = x.shape[-2] if y.attrs["transpose_x"] else x.shape[-1]
    levels = _merged(y.shape[:-2], _batch_strides(x, y), _batch_strides(w, y), m * n)
    batch, x_batch, w_batch, y_batch = zip(*levels, strict=True)
    return {
        "m": m, "n": n, "k": k,
        "x_strides": (1, m) if y.attrs["transpose_x"] else (k, 1),
        "w_strides": (1, k) if y.attrs["transpose_w"] else (n, 1),
        "y_stride": n, "batch": batch, "x_batch": x_batch, "w_batch": w_batch, "y_batch": y_batch,
    }  # fmt: skip


def _batch_strides(x: Value, y: Value) -> list[int]:
    lead, step = (1,) * (y.ndim - x.ndim) + x.shape[:-2], x.shape[-2] * x.shape[-1]
    strides: list[int] = []
    for n in reversed(lead):
        strides.insert(0, 0 if n == 1 else step)
        step *= n
    return strides


def _merged(shape: Shape, xs: list[int], ws: list[int], step: int) -> list[tuple[int, int, int, int]]:
    """(count, x stride, w stride, y stride), outermost first: neighbours that lie evenly become one level."""
    levels: list[tuple[int, int, int, int]] = []
    for n, x, w in zip(reversed(shape), reversed(xs), reversed(ws), strict=True):
        if n != 1:
            if levels and (x, w) == (levels[0][0] * levels[0][1], levels[0][0] * levels[0][2]):
                count, x1, w1, y1 = levels[0]
                levels[0] = (count * n, x1, w1, y1)
            else:
                levels.insert(0, (n, x, w, step))
        step *= n
    if len(levels) > 2:
        raise ValueError(f"matmul: the batch axes {shape} are laid out in more than two levels")
    return [(1, 0, 0, 0)] * (2 - len(levels)) + levels


MATMUL = MatMul()
