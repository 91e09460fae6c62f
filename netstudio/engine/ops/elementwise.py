"""Elementwise operations: one row each, name and derivative. All of them run in one kernel, fused into chains.

A derivative gets the builder, the output's gradient, the output and the inputs, and gives each input's gradient.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from netstudio.engine.ir import Builder, Op, Shape, Value
from netstudio.engine.ops import sources

Grads = tuple[Value | None, ...]
TWO_OVER_SQRT_PI = 2.0 / math.sqrt(math.pi)

DERIVATIVES: dict[str, Callable[..., Grads]] = {
    "neg": lambda b, g, y, x: (-g,),
    "abs": lambda b, g, y, x: (g * b.sign(x),),
    "sign": lambda b, g, y, x: (None,),
    "exp": lambda b, g, y, x: (g * y,),
    "expm1": lambda b, g, y, x: (g * (y + 1.0),),
    "log": lambda b, g, y, x: (g / x,),
    "log1p": lambda b, g, y, x: (g / (x + 1.0),),
    "sqrt": lambda b, g, y, x: (g * 0.5 / y,),
    "rsqrt": lambda b, g, y, x: (g * -0.5 * y * y * y,),
    "square": lambda b, g, y, x: (g * 2.0 * x,),
    "reciprocal": lambda b, g, y, x: (-g * y * y,),
    "sin": lambda b, g, y, x: (g * b.elementwise("cos", x),),
    "cos": lambda b, g, y, x: (-g * b.elementwise("sin", x),),
    "tanh": lambda b, g, y, x: (g * (1.0 - y * y),),
    "sigmoid": lambda b, g, y, x: (g * (y * (1.0 - y)),),
    "softplus": lambda b, g, y, x: (g * b.sigmoid(x),),
    "erf": lambda b, g, y, x: (g * (TWO_OVER_SQRT_PI * b.exp(-b.square(x))),),
    "relu": lambda b, g, y, x: (b.where(b.greater(y, 0.0), g, 0.0),),
    "floor": lambda b, g, y, x: (None,),
    "round": lambda b, g, y, x: (None,),
    "is_finite": lambda b, g, y, x: (None,),
    "add": lambda b, g, y, p, q: (g, g),
    "sub": lambda b, g, y, p, q: (g, -g),
    "mul": lambda b, g, y, p, q: (g * q, g * p),
    "div": lambda b, g, y, p, q: (g / q, -g * y / q),
    "maximum": lambda b, g, y, p, q: _chosen(b, g, b.elementwise("ge", p, q)),
    "minimum": lambda b, g, y, p, q: _chosen(b, g, b.elementwise("le", p, q)),
    "pow": lambda b, g, y, p, q: (g * q * b.elementwise("pow", p, q - 1.0), g * y * b.log(p)),
    "gt": lambda b, g, y, p, q: (None, None),
    "ge": lambda b, g, y, p, q: (None, None),
    "lt": lambda b, g, y, p, q: (None, None),
    "le": lambda b, g, y, p, q: (None, None),
    "eq": lambda b, g, y, p, q: (None, None),
    "ne": lambda b, g, y, p, q: (None, None),
    "where": lambda b, g, y, c, p, q: (None, b.where(c, g, 0.0), b.where(c, 0.0, g)),
    "clip": lambda b, g, y, x, low, high: (_inside(b, g, x, low, high), None, None),
}


def _chosen(b: Builder, g: Value, first: Value) -> Grads:
    return b.where(first, g, 0.0), b.where(first, 0.0, g)


def _inside(b: Builder, g: Value, x: Value, low: Value, high: Value) -> Value:
    return b.where(b.elementwise("ge", x, low) * b.elementwise("le", x, high), g, 0.0)


class Elementwise(Op):
    """One elementwise operation; inputs broadcast as NumPy's do."""

    def __init__(self, name: str) -> None:
        self.name = name

    def infer(self, inputs: Sequence[Value], attrs: Mapping[str, Any]) -> Shape:
        return np.broadcast_shapes(*(v.shape for v in inputs))

    def vjp(self, b: Builder, y: Value, g: Value) -> Sequence[Value | None]:
        # What a constant's gradient would be is never asked for, and log(p) of a pow would be computed for nothing.
        grads = DERIVATIVES[self.name](b, g, y, *y.inputs)
        return [
            None if d is None or x.op is sources.CONSTANT else b.sum_to(d, x.shape)
            for x, d in zip(y.inputs, grads, strict=True)
        ]


class Broadcast(Elementwise):
    """The input repeated to `shape`."""

    def infer(self, inputs: Sequence[Value], attrs: Mapping[str, Any]) -> Shape:
        shape: Shape = attrs["shape"]
        if np.broadcast_shapes(inputs[0].shape, shape) != shape:
            raise ValueError(f"{inputs[0].shape} does not broadcast to {shape}")
        return shape

    def vjp(self, b: Builder, y: Value, g: Value) -> Sequence[Value | None]:
        return [b.sum_to(g, y.inputs[0].shape)]


OPS: dict[str, Elementwise] = {name: Elementwise(name) for name in DERIVATIVES}
BROADCAST = Broadcast("copy")


def simplified(b: Builder, op: str, values: Sequence[Value]) -> Value | None:
    """The value in fewer or smaller operations, where algebra gives it; None where it does not.

    What was repeated is repeated later, constants are worked out, x + 0, x - 0, x * 1 and x / 1 are x, signs and
    constant factors are gathered.
    """
    if any(v.op is BROADCAST for v in values):
        made = b.elementwise(op, *(v.inputs[0] if v.op is BROADCAST else v for v in values))
        return b.broadcast_to(made, np.broadcast_shapes(*(v.shape for v in values)))
    if op == "neg":
        return _negated(b, values[0])
    if op not in ("add", "sub", "mul", "div"):
        return None
    left, right = (constant_of(v) for v in values)
    if left is not None and right is not None and not (op == "div" and right == 0.0):
        return b.constant(
            {"add": left + right, "sub": left - right, "mul": left * right}.get(op, left / (right or 1.0))
        )
    neutral = 0.0 if op in ("add", "sub") else 1.0
    if right == neutral:
        return values[0]
    if left == neutral and op in ("add", "mul"):
        return values[1]
    if op == "mul" and right is not None:
        return _scaled(b, values[0], right)
    if op == "mul" and left is not None:
        return _scaled(b, values[1], left)
    if op in ("add", "sub") and values[1].op is OPS["neg"]:
        return b.elementwise("sub" if op == "add" else "add", values[0], values[1].inputs[0])
    return None


def constant_of(v: Value) -> float | None:
    """The number that `v` is, where it is a constant."""
    return v.attrs["value"] if v.op is sources.CONSTANT else None


def _negated(b: Builder, x: Value) -> Value | None:
    if (number := constant_of(x)) is not None:
        return b.constant(-number)
    if x.op is OPS["neg"]:
        return x.inputs[0]
    return _scaled(b, x, -1.0)


def _scaled(b: Builder, x: Value, factor: float) -> Value | None:
    """`x` times a number, where it is a product with a number already."""
    if x.op is not OPS["mul"]:
        return None
    p, q = x.inputs
    if (number := constant_of(q)) is not None:
        return b.elementwise("mul", p, number * factor)
    if (number := constant_of(p)) is not None:
        return b.elementwise("mul", q, number * factor)
    return None
