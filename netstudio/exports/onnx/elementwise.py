"""Elementwise operations, and the repeating of a tensor to a larger shape."""

from __future__ import annotations

import math
from collections.abc import Callable

from netstudio.exports.onnx.tensors import Ref, number
from netstudio.exports.onnx.values import BOOL, FLOAT, Values, in_order
from netstudio.exports.program import Step

Make = Callable[..., Ref]

SAME = {
    "neg": "Neg", "abs": "Abs", "sign": "Sign", "exp": "Exp", "log": "Log", "sqrt": "Sqrt", "reciprocal": "Reciprocal",
    "sin": "Sin", "cos": "Cos", "tanh": "Tanh", "sigmoid": "Sigmoid", "softplus": "Softplus", "erf": "Erf",
    "relu": "Relu", "floor": "Floor", "round": "Round", "add": "Add", "sub": "Sub", "mul": "Mul", "div": "Div",
    "maximum": "Max", "minimum": "Min", "pow": "Pow",
}  # fmt: skip
COMPARING = {"gt": "Greater", "ge": "GreaterOrEqual", "lt": "Less", "le": "LessOrEqual", "eq": "Equal"}
COMPOSED: dict[str, Make] = {
    "expm1": lambda v, x: v.add("Sub", v.add("Exp", x), number(1.0)),
    "log1p": lambda v, x: v.add("Log", v.add("Add", x, number(1.0))),
    "rsqrt": lambda v, x: v.add("Reciprocal", v.add("Sqrt", x)),
    "square": lambda v, x: v.add("Mul", x, x),
    "clip": lambda v, x, low, high: v.add("Clip", x, low, high),
}


def direct(v: Values, s: Step) -> None:
    """An operation that ONNX has under another name."""
    _compute(v, s, lambda _, *x: v.add(SAME[s.op], *x))


def composed(v: Values, s: Step) -> None:
    """An operation that takes several of ONNX's."""
    _compute(v, s, COMPOSED[s.op])


def comparison(v: Values, s: Step) -> None:
    """0 and 1 in the engine, false and true in ONNX."""
    _compute(v, s, lambda _, *x: v.add(COMPARING[s.op], *x), BOOL)


def unequal(v: Values, s: Step) -> None:
    """Not equal."""
    _compute(v, s, lambda _, *x: v.add("Not", v.add("Equal", *x)), BOOL)


def is_finite(v: Values, s: Step) -> None:
    """Neither NaN nor infinite."""
    _compute(v, s, lambda _, x: v.add("Not", v.add("Or", v.add("IsNaN", x), v.add("IsInf", x))), BOOL)


def where(v: Values, s: Step) -> None:
    """The condition counts as true where it is not 0."""
    rank, first = len(s.shape), v.goes_first(s)
    condition, p, q = s.inputs
    held = v.operand(condition, rank, first, BOOL), v.operand(p, rank, first), v.operand(q, rank, first)
    v.put(s, v.add("Where", *held), first)


def gelu(v: Values, s: Step) -> None:
    """x · (1 + erf(x / √2)) / 2, in the order in which runtimes know it for a GELU."""

    def made(_: Values, x: Ref) -> Ref:
        share = v.add("Add", v.add("Erf", v.add("Div", x, number(math.sqrt(2.0)))), number(1.0))
        return v.add("Mul", v.add("Mul", x, share), number(0.5))

    _compute(v, s, made)


def same(v: Values, s: Step) -> None:
    """What stops gradients changes nothing here."""
    first = v.lies_first(s.inputs[0])
    v.put(s, v.get(s.inputs[0], first), first)


def repeat(v: Values, s: Step) -> None:
    """A broadcast by itself."""
    (x,), first = s.inputs, v.goes_first(s)
    before = in_order(v.program[x].shape, first)
    v.put(s, v.expanded(v.get(x, first), before, in_order(s.shape, first)), first)


def _compute(v: Values, s: Step, make: Make, kind: int = FLOAT) -> None:
    first = v.goes_first(s)
    v.put(s, make(v, *(v.operand(x, len(s.shape), first) for x in s.inputs)), first, kind)
