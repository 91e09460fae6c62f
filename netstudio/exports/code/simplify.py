"""A program in fewer steps, for languages whose products take leading axes as they are."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from netstudio.exports.program import Program, Step


def simplified(p: Program) -> Program:
    """Without the reshapes around a product by one matrix, which the engine's kernels ask for."""
    uses = Counter(number for s in p.steps for number in s.inputs)
    return replace(p, steps=tuple(_product(s, p, uses) or s for s in p.steps))


def _product(s: Step, p: Program, uses: Counter[int]) -> Step | None:
    """reshape(reshape(x) @ w) as x @ w, where the rows are those of x."""
    if s.op != "reshape" or (product := p[s.inputs[0]]).op != "matmul" or uses[product.number] > 1:
        return None
    x, w = (p[number] for number in product.inputs)
    if x.op != "reshape" or len(w.shape) != 2 or product.attrs["transpose_x"]:
        return None
    rows = p[x.inputs[0]]
    if rows.shape[:-1] != s.shape[:-1] or rows.shape[-1:] != x.shape[-1:] or len(s.shape) < 2:
        return None
    return replace(product, number=s.number, inputs=(rows.number, w.number), shape=s.shape)
