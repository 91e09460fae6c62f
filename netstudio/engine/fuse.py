"""Rewrites that save passes over memory: a bias and a ReLU ride along with the product before them, a ReLU
with a maximum over windows.

What only autodiff cared for is gone here: a `stop_gradient` is what it stops, so that both are computed once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from netstudio.engine.autodiff import ancestors
from netstudio.engine.ir import Builder, Op, Value
from netstudio.engine.ops import conv2d, elementwise, matmul, movement, pool2d, sources

PRODUCTS = (matmul.MATMUL, conv2d.CONV2D)
BEFORE_RELU = (*PRODUCTS, pool2d.MAX_POOL)


def fuse(b: Builder, roots: Sequence[Value]) -> list[Value]:
    """The roots, rewritten."""
    order = ancestors(roots)
    uses = Counter(x for v in order for x in v.inputs)
    uses.update(roots)
    new: dict[Value, Value] = {}
    alone: set[Value] = set()  # rewritten values that nothing else reads
    for v in order:
        inputs = [new[x] for x in v.inputs]
        fused = _with_bias(b, v, inputs, alone) or _with_relu(b, v, inputs, alone)
        with b.at(v.node):
            if fused is not None:
                made = b.reshape(fused, v.shape)
            elif v.op is movement.STOP_GRADIENT:
                made = inputs[0]
            else:
                made = v if inputs == list(v.inputs) else b.make(v.op, *inputs, **v.attrs)
        new[v] = made
        if uses[v] != 1:
            alone.discard(made)
        elif v.op is not movement.STOP_GRADIENT:
            alone.update((made,) if fused is None else (made, fused))
    return [new[v] for v in roots]


def _product(v: Value, alone: set[Value], ops: Sequence[Op] = PRODUCTS) -> Value | None:
    """The product (or other of `ops`) behind `v`, perhaps reshaped, where nothing else reads either."""
    if v not in alone:
        return None
    if v.op is movement.RESHAPE:
        inner = v.inputs[0]
        keeps_columns = v.shape[-1:] == inner.shape[-1:]
        return inner if inner.op in ops and inner in alone and keeps_columns else None
    return v if v.op in ops else None


def _with_bias(b: Builder, v: Value, inputs: Sequence[Value], alone: set[Value]) -> Value | None:
    if v.op is not elementwise.OPS["add"]:
        return None
    y, bias = inputs
    product = _product(y, alone)
    if product is None or bias.op is sources.CONSTANT or bias.shape != product.shape[-1:] or len(product.inputs) > 2:
        return None
    if product.attrs.get("activation") or v.shape != y.shape:
        return None
    with b.at(product.node):
        return b.make(product.op, *product.inputs, bias, **product.attrs)


def _with_relu(b: Builder, v: Value, inputs: Sequence[Value], alone: set[Value]) -> Value | None:
    if v.op is not elementwise.OPS["relu"]:
        return None
    product = _product(inputs[0], alone, BEFORE_RELU)
    if product is None or product.attrs.get("activation"):
        return None
    with b.at(product.node):
        return b.make(product.op, *product.inputs, **{**product.attrs, "activation": "relu"})
