"""Reverse-mode differentiation: from a scalar to the gradients of what it was computed from, as values.

Iterative (a chain of any length works), adding up where a value is used more than once. Each operation's `vjp` builds
its part. Source: A. Griewank, A. Walther, "Evaluating Derivatives", 2nd ed., SIAM 2008, chapter 3.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from netstudio.engine.ir import Builder, Value


def gradients(b: Builder, loss: Value, wrt: Sequence[Value]) -> list[Value | None]:
    """The gradient of `loss`, one number, with respect to each of `wrt`; None where the loss does not depend on it."""
    if loss.size != 1:
        raise ValueError(f"only a single number can be differentiated; this has the shape {loss.shape}")
    active = _between(loss, wrt)
    sums: dict[Value, Value] = {loss: b.broadcast_to(b.constant(1.0), loss.shape)}
    for y in sorted(active, key=lambda v: v.number, reverse=True):
        g = sums.get(y)
        if g is None or not y.inputs:
            continue
        with b.at(y.node):
            for x, dx in zip(y.inputs, y.op.vjp(b, y, g), strict=True):
                if dx is not None and x in active:
                    sums[x] = sums[x] + dx if x in sums else dx
    return [sums.get(x) for x in wrt]


def _between(loss: Value, wrt: Iterable[Value]) -> set[Value]:
    """The values on a path from one of `wrt` to the loss."""
    goals = set(wrt)
    depends: dict[Value, bool] = {}
    for v in ancestors([loss]):
        depends[v] = v in goals or any(depends[x] for x in v.inputs)
    return {v for v, does in depends.items() if does}


def ancestors(values: Iterable[Value]) -> list[Value]:
    """The values and all they were computed from, in the order in which they were made."""
    seen: set[Value] = set()
    todo = list(values)
    while todo:
        v = todo.pop()
        if v not in seen:
            seen.add(v)
            todo += v.inputs
    return sorted(seen, key=lambda v: v.number)
