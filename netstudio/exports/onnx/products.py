"""Products of matrices: Gemm for rows by a matrix, MatMul for everything else, Einsum where no axis can be merged."""

from __future__ import annotations

import math
from typing import Any

from netstudio.engine.ops.einsum import Names
from netstudio.exports.onnx.tensors import Ref
from netstudio.exports.onnx.values import Values
from netstudio.exports.program import Dims, Samples, Step


def matmul(v: Values, s: Step) -> None:
    """Rows that were leading axes before stay such: MatMul takes them as they are."""
    x, w = s.inputs
    turned = s.attrs["transpose_x"], s.attrs["transpose_w"]
    if (shape := _unfolded(v, v.program[x])) is not None and not turned[0] and v.known(w) is not None:
        (source,) = v.program[x].inputs
        rows = v.reshaped(v.get(source), v.program[source].shape, shape)
        v.put_unfolded(s, v.add("MatMul", rows, _straight(v, w, turned[1])), (*shape[:-1], s.shape[-1]))
    elif len(s.shape) == 2 and any(turned):
        v.put(s, gemm(v, s))
    else:
        v.put(s, v.add("MatMul", _straight(v, x, turned[0]), _straight(v, w, turned[1])))


def _unfolded(v: Values, rows: Step) -> Dims | None:
    """The shape, of three axes or more, of which `rows` are the last: what they are reshaped from, columns as one."""
    if rows.op != "reshape" or len(rows.shape) != 2:
        return None
    before = v.program[rows.inputs[0]].shape
    counted = [isinstance(n, Samples) for n in before]
    if len(before) < 3 or not counted[0] or any(counted[1:]) or before[0] == rows.shape[0]:
        return None
    for leading in range(len(before) - 1, 1, -1):
        columns = math.prod(n for n in before[leading:] if not isinstance(n, Samples))
        if columns == rows.shape[-1]:
            return (*before[:leading], columns)
    return None


def gemm(v: Values, s: Step, *bias: Ref) -> Ref:
    """The product of two matrices, with a bias in the same node."""
    turned: dict[str, Any] = {f"trans{'AB'[i]}": 1 for i, name in enumerate("xw") if s.attrs[f"transpose_{name}"]}
    return v.add("Gemm", v.get(s.inputs[0]), v.get(s.inputs[1]), *bias, **turned)


def biased(v: Values, s: Step, product: Step, bias: int) -> bool:
    """The sum `s` of a product and a bias as one node; whether that can be."""
    found = v.known(bias)
    fits = product.op == "matmul" and len(product.shape) == 2 and found is not None and v.uses[product.number] == 1
    if not fits or found is None or found.array.shape != product.shape[1:] or v.is_unfolded(product.number):
        return False
    v.put(s, gemm(v, product, found))
    return True


def _straight(v: Values, n: int, turned: bool) -> Ref:
    rank = len(v.program[n].shape)
    return v.transposed(v.get(n), (*range(rank - 2), rank - 1, rank - 2) if turned else range(rank))


def einsum(v: Values, s: Step) -> None:
    """A MatMul between transpositions, where each of its axes is one letter."""
    names = Names.of(s.attrs["subscripts"])
    batch = [c for c in names.y if c in names.x and c in names.w]
    rows = [c for c in names.y if c not in names.w]
    columns = [c for c in names.y if c not in names.x]
    summed = [c for c in names.x if c not in names.y]
    x, w = (v.get(n) for n in s.inputs)
    if not len(rows) == len(columns) == len(summed) == 1:
        v.put(s, v.add("Einsum", x, w, equation=s.attrs["subscripts"]))
        return
    x = v.transposed(x, [names.x.index(c) for c in (*batch, *rows, *summed)])
    w = v.transposed(w, [names.w.index(c) for c in (*batch, *summed, *columns)])
    found = [*batch, *rows, *columns]
    v.put(s, v.transposed(v.add("MatMul", x, w), [found.index(c) for c in names.y]))
