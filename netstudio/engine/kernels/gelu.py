"""GELU and its gradient, each in one pass: x alone is kept for the way back.

Source: D. Hendrycks, K. Gimpel, "Gaussian Error Linear Units" (2016).
"""

from __future__ import annotations

import math

from netstudio.engine.kernels import vmath
from netstudio.engine.kernels.abi import Kernel, at, kernel, pointer, share
from netstudio.engine.kernels.vmath import each, inlined, like

GRAIN = 1024  # elements
ROOT_HALF = math.sqrt(0.5)
DENSITY_AT_0 = 1.0 / math.sqrt(2.0 * math.pi)

Instructions = list[tuple[Kernel, list[int], bool]]


@inlined
def _below(x):
    """The chance that a standard normal variable is below x."""
    return like(0.5, x) + like(0.5, x) * vmath.erf(x * like(ROOT_HALF, x))


@inlined
def _value(x):
    return x * _below(x)


@inlined
def _slope(g, x):
    return g * (_below(x) + x * (like(DENSITY_AT_0, x) * vmath.exp(like(-0.5, x) * x * x)))


@kernel
def gelu(a, t, worker, workers):
    """y = x times the chance that a standard normal variable is below x. Arguments: x, y, elements."""
    first, last = share(a[2], GRAIN, worker, workers)
    each(_value, at(pointer(a[1], t), first), max(0, last - first), (at(pointer(a[0], t), first),))


@kernel
def gelu_grad(a, t, worker, workers):
    """dx from the output's gradient g and x. Arguments: g, x, dx, elements."""
    first, last = share(a[3], GRAIN, worker, workers)
    g, x = at(pointer(a[0], t), first), at(pointer(a[1], t), first)
    each(_slope, at(pointer(a[2], t), first), max(0, last - first), (g, x))


def forward(x: int, y: int, count: int) -> Instructions:
    """The call that writes y from x, `count` elements each; addresses."""
    return [(gelu, [x, y, count], True)]


def backward(g: int, x: int, dx: int, count: int) -> Instructions:
    """The call that writes dx from the output's gradient g and x, `count` elements each; addresses."""
    return [(gelu_grad, [g, x, dx, count], True)]
