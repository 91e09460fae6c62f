"""Products with weights: dense layers, embeddings; and products of two tensors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from netstudio.imports.onnx.alignment import align_factors
from netstudio.imports.onnx.build import UnsupportedError
from netstudio.imports.onnx.convert.parts import picked
from netstudio.imports.onnx.importing import Importing, converts
from netstudio.imports.onnx.reading import Array, Op
from netstudio.imports.onnx.tensors import Tensor


def dense(
    to: Importing, op: Op, x: Tensor, axis: int, kernel: Array, bias: Array | None, named: Sequence[str]
) -> Tensor:
    """A Dense layer along an ONNX axis, which takes the results in its place. `kernel` (features, units)."""
    if kernel.ndim != 2 or kernel.shape[0] != x.shape[axis]:
        raise UnsupportedError(
            f"its weights have the shape {kernel.shape}; expected {x.shape[axis]} rows, as the input has"
        )
    x, _, cells = to.builder.with_axis(x, axis, last=True)
    units = kernel.shape[1]
    weights = {"kernel": kernel[cells]}
    if bias is not None:
        weights["bias"] = np.broadcast_to(bias.reshape(-1), (units,))
    at, _ = to.layer(
        op, "Dense", x, {"units": units, **({} if bias is not None else {"use_bias": False})}, weights, named
    )
    return replace(x.resized(len(x.ours) - 1, units), at=at, positive=False)


@converts("Gemm")
def gemm(to: Importing, op: Op) -> Tensor:
    x, kernel, bias = to.tensor(op), to.constant(op, 1, "matrix B"), to.optional(op, 2, "C")
    if op.attributes.get("transA"):
        raise UnsupportedError("it turns its input round (transA), which mixes samples; export it without")
    kernel = kernel.T if op.attributes.get("transB") else kernel
    alpha, beta = (np.float32(op.attributes.get(k, 1.0)) for k in ("alpha", "beta"))
    if bias is not None and bias.ndim == 2 and bias.shape[0] != 1:
        raise UnsupportedError(
            f"its C has the shape {bias.shape}; expected a bias of {kernel.shape[1]}, the same for all rows"
        )
    scaled = alpha == 1 and beta == 1
    return dense(
        to, op, x, 1, kernel if scaled else kernel * alpha, bias if bias is None or scaled else bias * beta,
        to.names_of(op, 1, 2) if scaled else (),
    )  # fmt: skip


@converts("MatMul")
def matmul(to: Importing, op: Op) -> Tensor:
    left, right = (to.values[name] for name in op.inputs[:2])
    if isinstance(left, Tensor) and isinstance(right, Tensor):
        return product(to, op, left, right)
    if isinstance(left, Tensor):
        kernel = to.constant(op, 1, "right factor")
        kernel = (
            kernel.reshape(kernel.shape[-2:])
            if kernel.ndim > 2 and kernel.size == np.prod(kernel.shape[-2:])
            else kernel
        )
        if kernel.ndim == 1:
            made = dense(to, op, left, left.rank - 1, kernel[:, None], None, ())
            return replace(made, axes=made.axes[:-1])
        return dense(to, op, left, left.rank - 1, kernel, None, to.names_of(op, 1))
    x, kernel = to.tensor(op, 1), to.constant(op, 0, "left factor")
    if x.rank < 2 or kernel.ndim != 2:
        raise UnsupportedError(f"its left factor has the shape {kernel.shape}; expected a matrix")
    return dense(to, op, x, x.rank - 2, kernel.T, None, ())


def product(to: Importing, op: Op, a: Tensor, b: Tensor) -> Tensor:
    """The product of two tensors' matrices, for each sample and, where there are more axes, each cell of those."""
    if a.rank < 2 or b.rank < 2:
        raise UnsupportedError(f"its factors have {a.rank} and {b.rank} axes; expected at least 2 each")
    rank = max(a.rank, b.rank)
    a, b = (replace(x, axes=((),) * (rank - x.rank) + x.axes) for x in (a, b))
    if a.shape[-1] != b.shape[-2]:
        raise UnsupportedError(f"its factors do not fit: {a.shape[-1]} columns against {b.shape[-2]} rows")
    if any(0 in g for x in (a, b) for g in x.axes[-2:]):
        raise UnsupportedError("the samples of a batch stand along an axis that the product sums over or mixes")
    arranged, like = align_factors(to.builder, a, b)
    [(at, _)] = to.builder.add("MatMul", [(port, x.at) for port, x in zip("ab", arranged)], op=op)
    return replace(like, at=at, positive=False, integer=False)


@converts("Gather")
def gather(to: Importing, op: Op) -> Tensor:
    table = to.values[op.inputs[0]]
    if isinstance(table, Tensor):
        return picked(to, op, table)
    ids = to.tensor(op, 1)
    if op.attributes.get("axis", 0) != 0 or table.ndim != 2:
        raise UnsupportedError(
            f"it looks up a constant of the shape {table.shape}; expected a table (ids, numbers) along axis 0"
        )
    if not ids.integer:
        raise UnsupportedError(
            "the numbers that it looks up are computed, and not those of an input; expected token ids"
        )
    params = {"input_dim": table.shape[0], "output_dim": table.shape[1]}
    at, _ = to.layer(op, "Embedding", ids, params, {"embeddings": table}, to.names_of(op, 0))
    new = len(ids.sizes)
    return Tensor(at, (*ids.sizes, table.shape[1]), (*ids.ours, (new,)), (*ids.axes, (new,)))
