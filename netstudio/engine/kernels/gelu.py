"""GELU and its gradient, each in one pass: x alone is kept for the way back.

Both need the normal distribution and the second its density, so one exponential serves for both: beyond |x| lies the
share density(x) * t * P(t), with t = 1 / (1 + 0.2316419 |x|), right to 7.5e-8. In float64, which serves for checking,
the C library's erfc says it.

Sources: D. Hendrycks, K. Gimpel, "Gaussian Error Linear Units" (2016); M. Abramowitz, I. Stegun, "Handbook of
Mathematical Functions" (1964), 26.2.17.
"""

from __future__ import annotations

import math
from typing import Any

from numba import types
from numba.extending import overload

from netstudio.engine.kernels import vmath
from netstudio.engine.kernels.abi import Kernel, at, kernel, pointer, share
from netstudio.engine.kernels.vmath import F, each, horner, inlined, like, select

GRAIN = 1024  # elements
STRETCH = F(0.2316419)
BEYOND = (F(0.319381530), F(-0.356563782), F(1.781477937), F(-1.821255978), F(1.330274429))
ROOT_HALF = math.sqrt(0.5)
DENSITY_AT_0 = 1.0 / math.sqrt(2.0 * math.pi)

Instructions = list[tuple[Kernel, list[int], bool]]


def _beyond32(size, density):
    t = F(1) / (F(1) + STRETCH * size)
    return density * (t * horner(t, BEYOND))


def _beyond64(size, density):
    return 0.5 * math.erfc(size * ROOT_HALF)


def _beyond(size: Any, density: Any) -> Any:
    """The chance that a standard normal variable is above `size`, which is not negative, given the density there."""
    return _beyond64(size, density)


overload(_beyond, jit_options=vmath.PRECISE)(lambda size, density: _beyond32 if size == types.float32 else _beyond64)


@inlined
def _density(x):
    return like(DENSITY_AT_0, x) * vmath.exp(like(-0.5, x) * x * x)


@inlined
def _below(x, density):
    """The chance that a standard normal variable is below x."""
    beyond = _beyond(abs(x), density)
    return select(x < 0, beyond, like(1, x) - beyond)


@inlined
def _value(x):
    return x * _below(x, _density(x))


@inlined
def _slope(g, x):
    density = _density(x)
    return g * (_below(x, density) + x * density)


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
