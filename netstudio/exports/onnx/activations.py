"""Activations that the engine computes in several operations, and for which ONNX has one."""

from __future__ import annotations

import math
from typing import Any

from netstudio.exports.onnx.values import Values
from netstudio.exports.program import Step

Pattern = Any  # (operation, pattern of each input); a number; X, SLOPE; the name of a number that the operator takes
X, SLOPE = "x", "slope"  # a tensor that varies; one that is known

BELOW_ZERO: Pattern = ("minimum", X, 0.0)
HARD: Pattern = ("clip", ("add", ("mul", X, 1 / 6), 0.5), 0.0, 1.0)
PATTERNS: tuple[tuple[str, Pattern], ...] = (
    ("LeakyRelu", ("where", ("gt", X, 0.0), X, ("mul", X, "alpha"))),
    ("Elu", ("where", ("gt", X, 0.0), X, ("mul", ("expm1", BELOW_ZERO), "alpha"))),
    ("Selu", ("mul", ("add", ("relu", X), ("mul", ("expm1", BELOW_ZERO), "alpha")), "gamma")),
    ("HardSigmoid", ("clip", ("add", ("mul", X, "alpha"), "beta"), 0.0, 1.0)),
    ("HardSwish", ("mul", X, HARD)),
    ("Mish", ("mul", X, ("tanh", ("softplus", X)))),
    ("Softsign", ("div", X, ("add", ("abs", X), 1.0))),
    ("PRelu", ("add", ("relu", X), ("mul", SLOPE, BELOW_ZERO))),
)


def activation(v: Values, s: Step) -> bool:
    """The step as the last of an activation that ONNX knows; whether it is. What only it needed falls away."""
    for op, pattern in PATTERNS:
        found: dict[str, Any] = {}
        if _matches(v, s.number, pattern, found):
            x, slope = found.pop(X), found.pop(SLOPE, None)
            first = v.goes_first(s, x)
            inputs = [x] if slope is None else [x, slope]
            v.put(s, v.add(op, *(v.operand(n, len(s.shape), first) for n in inputs), **found), first)
            return True
    return False


def _matches(v: Values, n: int, pattern: Pattern, found: dict[str, Any]) -> bool:
    """Whether that is how the step is computed; `found` gets what the names in the pattern stand for."""
    if isinstance(pattern, tuple):
        step = v.program[n]
        return (
            step.op == pattern[0]
            and len(step.inputs) == len(pattern) - 1
            and all(_matches(v, x, part, found) for x, part in zip(step.inputs, pattern[1:], strict=True))
        )
    known = v.known(n)
    if pattern in (X, SLOPE):
        return (known is None) is (pattern == X) and bool(found.setdefault(pattern, n) == n)
    if known is None or known.array.size != 1:
        return False
    value = float(known.array.reshape(()))
    if isinstance(pattern, str):
        return bool(found.setdefault(pattern, value) == value)
    return math.isclose(value, pattern, rel_tol=1e-6)
