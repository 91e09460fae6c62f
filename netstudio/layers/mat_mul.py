"""MatMul: the product of two matrices."""

from __future__ import annotations

from netstudio.errors import ShapeError
from netstudio.graph.node_type import Port
from netstudio.graph.tensor import TensorSpec
from netstudio.layers.base import Layer, require_float
from netstudio.layers.merge import broadcast_shapes, with_rank
from netstudio.ops import Ops, Value

LEVELS = 4  # axes, the batch among them, up to which the product repeats a factor by itself


class MatMul(Layer):
    """Multiplies the matrices of one input by those of another.

    For each sample, y[i, j] = sum over k of a[i, k] · b[k, j]: (..., m, k) by (..., k, n) gives (..., m, n). Leading
    axes must agree or hold one cell.
    """

    category = "merge"
    icon = "multiply"
    keywords = ("matrix product", "matrix multiplication", "bmm", "batch matmul", "gemm", "dot", "merge")
    keras, torch, onnx = "ops.matmul", "matmul", "MatMul"
    inputs = (Port("a", "The left matrices."), Port("b", "The right matrices."))

    def infer(self, a: TensorSpec, b: TensorSpec) -> TensorSpec:
        for x, port in ((a, "a"), (b, "b")):
            require_float(x)
            if len(x.shape) < 2:
                raise ShapeError(f"the input has the shape {x.shape}; expected (..., rows, columns)", port=port)
        if a.shape[-1] != b.shape[-2]:
            raise ShapeError(
                f"the inputs {a.shape} and {b.shape} do not fit: {a.shape[-1]} columns against {b.shape[-2]} rows; "
                "expected as many of each"
            )
        return TensorSpec((*broadcast_shapes(a.shape[:-2], b.shape[:-2]), a.shape[-2], b.shape[-1]))

    def lower(self, ops: Ops, a: Value, b: Value) -> Value:
        rank = max(a.ndim, b.ndim)
        a, b = with_rank(ops, a, rank), with_rank(ops, b, rank)
        if rank > LEVELS:
            lead = broadcast_shapes(a.shape[:-2], b.shape[:-2])
            a, b = (ops.broadcast_to(x, (*lead, *x.shape[-2:])) for x in (a, b))
        return ops.matmul(a, b)
