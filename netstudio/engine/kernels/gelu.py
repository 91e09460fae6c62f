"""GELU and its gradient, each in one pass: x alone is kept for the way back.

Both are one half and an odd function, nearly constant from some |x| on; in float32 each is a polynomial of x squared
up to there. That takes neither an exponential nor a quotient, for which the CPU has one slow unit. With v the share of
that range, w = 1 - v² and u = 2 v² - 1, an odd function that ends at a half is v (1/2 + w P(u)): exact at the ends, and
well-conditioned, as u fills the range from -1 to 1 (minimax fits by Lawson's iteration, made for this module; right to
2e-7 and 4e-7). In float64, which serves for checking, the C library's erfc says it.

Source: D. Hendrycks, K. Gimpel, "Gaussian Error Linear Units" (2016).
"""

from __future__ import annotations

import math
from typing import Any

from numba import types
from numba.extending import overload

from netstudio.engine.kernels import vmath
from netstudio.engine.kernels.abi import Kernel, at, kernel, pointer, share
from netstudio.engine.kernels.vmath import HALF, ONE, F, each_of, horner, inlined, select

GRAIN = 1024  # elements
BELOW_END, SLOPE_END = F(5.25), F(5.75)  # where the functions count as constant
BELOW = (
    *(F(0.413923323), F(-0.290906042), F(0.230354518), F(-0.187231421), F(0.149447978), F(-0.112862691)),
    *(F(0.0795397535), F(-0.0569944791), F(0.0382846817), F(-0.0145439142), F(0.00504952343)),
    *(F(-0.00968160201), F(0.00562454481)),
)
SLOPE = (
    *(F(0.415325612), F(-0.300906062), F(0.266869217), F(-0.277245283), F(0.316180587), F(-0.364910364)),
    *(F(0.413159817), F(-0.421503812), F(0.33250019), F(-0.268561661), F(0.328021765), F(-0.237444878)),
    *(F(0.00101584441), F(0.00150108826), F(0.0958687291), F(-0.0498182327)),
)
ROOT_HALF = math.sqrt(0.5)
DENSITY_AT_0 = 1.0 / math.sqrt(2.0 * math.pi)

Instructions = list[tuple[Kernel, list[int], bool]]


@inlined
def _rising(x, end, coefficients):
    """A function that is 0 below -end, 1 above end and between them a half and an odd polynomial."""
    v = x * (ONE / end)
    v = select(v < -ONE, -ONE, select(v > ONE, ONE, v))
    s = v * v
    return HALF + v * (HALF + (ONE - s) * horner(s + s - ONE, coefficients))


def _below32(x):
    return _rising(x, BELOW_END, BELOW)


def _below64(x):
    return 0.5 * math.erfc(-x * ROOT_HALF)


def _below(x: Any) -> Any:
    """The chance that a standard normal variable is below x."""
    return _below64(x)


def _slope32(x):
    return _rising(x, SLOPE_END, SLOPE)


def _slope64(x):
    return _below(x) + x * (DENSITY_AT_0 * math.exp(-0.5 * x * x))


def _slope(x: Any) -> Any:
    """The derivative of x times the chance to be below x."""
    return _slope64(x)


overload(_below, jit_options=vmath.PRECISE)(lambda x: _below32 if x == types.float32 else _below64)
overload(_slope, jit_options=vmath.PRECISE)(lambda x: _slope32 if x == types.float32 else _slope64)


@inlined
def _value(x):
    return (x * _below(x),)


@inlined
def _gradient(g, x):
    return (g * _slope(x),)


@kernel
def gelu(a, t, worker, workers):
    """y = x times the chance that a standard normal variable is below x. Arguments: x, y, elements."""
    first, last = share(a[2], GRAIN, worker, workers)
    each_of(_value, (at(pointer(a[1], t), first),), max(0, last - first), (at(pointer(a[0], t), first),))


@kernel
def gelu_grad(a, t, worker, workers):
    """dx from the output's gradient g and x. Arguments: g, x, dx, elements."""
    first, last = share(a[3], GRAIN, worker, workers)
    g, x = at(pointer(a[0], t), first), at(pointer(a[1], t), first)
    each_of(_gradient, (at(pointer(a[2], t), first),), max(0, last - first), (g, x))


def forward(x: int, y: int, count: int) -> Instructions:
    """The call that writes y from x, `count` elements each; addresses."""
    return [(gelu, [x, y, count], True)]


def backward(g: int, x: int, dx: int, count: int) -> Instructions:
    """The call that writes dx from the output's gradient g and x, `count` elements each; addresses."""
    return [(gelu_grad, [g, x, dx, count], True)]
