"""The slow twin: what a value is, computed by plain NumPy, one operation at a time and nothing ever overwritten."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from netstudio.engine.autodiff import ancestors
from netstudio.engine.ir import Value
from netstudio.engine.ops import sources

Array = np.ndarray[Any, Any]


def sigmoid(x: Array) -> Array:
    return np.exp(-np.logaddexp(0.0, -x))


def number(compare: Callable[..., Any]) -> Callable[..., Any]:
    return lambda p, q: compare(p, q).astype(float)


ELEMENTWISE: dict[str, Callable[..., Any]] = {
    "neg": np.negative, "abs": np.abs, "sign": np.sign, "exp": np.exp, "expm1": np.expm1, "log": np.log,
    "log1p": np.log1p, "sqrt": np.sqrt, "rsqrt": lambda x: 1.0 / np.sqrt(x), "square": np.square,
    "reciprocal": lambda x: 1.0 / x, "sin": np.sin, "cos": np.cos, "tanh": np.tanh, "sigmoid": sigmoid,
    "softplus": lambda x: np.logaddexp(0.0, x), "erf": np.vectorize(math.erf, [float]),
    "relu": lambda x: np.maximum(x, 0.0), "floor": np.floor, "round": np.round,
    "is_finite": lambda x: np.isfinite(x).astype(float),
    "add": np.add, "sub": np.subtract, "mul": np.multiply, "div": np.divide, "maximum": np.maximum,
    "minimum": np.minimum, "pow": np.power, "gt": number(np.greater), "ge": number(np.greater_equal),
    "lt": number(np.less), "le": number(np.less_equal), "eq": number(np.equal), "ne": number(np.not_equal),
    "where": lambda c, p, q: np.where(c != 0.0, p, q), "clip": np.clip,
}  # fmt: skip


def softmax(x: Array) -> Any:
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def matmul(a: Mapping[str, Any], x: Array, w: Array, *bias: Array) -> Array:
    x = x.swapaxes(-1, -2) if a["transpose_x"] else x
    w = w.swapaxes(-1, -2) if a["transpose_w"] else w
    y = sum([x @ w, *bias])
    return np.maximum(y, 0.0) if a.get("activation") == "relu" else np.asarray(y)


def picked(a: Mapping[str, Any], shape: Sequence[int]) -> Any:
    """The numbers of the elements along each axis, for `numpy.ix_`."""
    each = zip(a["starts"], a["steps"], shape, strict=True)
    return np.ix_(*(start + step * np.arange(count) for start, step, count in each))


def place(a: Mapping[str, Any], x: Array) -> Array:
    y = np.zeros(a["shape"])
    y[picked(a, x.shape)] = x
    return y


def gather_grad(a: Mapping[str, Any], numbers: Array, g: Array) -> Array:
    y = np.zeros((a["rows"], g.shape[-1]))
    np.add.at(y, numbers.astype(int), g)
    return y


OTHERS: dict[str, Callable[..., Any]] = {
    "copy": lambda a, x: np.broadcast_to(x, a["shape"]),
    "reshape": lambda a, x: x.reshape(a["shape"]),
    "stop_gradient": lambda a, x: x,
    "transpose": lambda a, x: x.transpose(a["axes"]),
    "slice": lambda a, x: x[picked(a, a["shape"])],
    "place": place,
    "gather": lambda a, table, numbers: table[numbers.astype(int)],
    "gather_grad": gather_grad,
    "concatenate": lambda a, *xs: np.concatenate(xs, a["axis"]),
    "sum": lambda a, x: x.sum(a["axes"], keepdims=True),
    "max": lambda a, x: x.max(a["axes"], keepdims=True),
    "min": lambda a, x: x.min(a["axes"], keepdims=True),
    "matmul": matmul,
    "softmax": lambda a, x: softmax(x),
    "log_softmax": lambda a, x: np.log(softmax(x)),
    "softmax_grad": lambda a, p, g: p * (g - (p * g).sum(-1, keepdims=True)),
    "log_softmax_grad": lambda a, y, g: g - np.exp(y) * g.sum(-1, keepdims=True),
}


def interpret(values: Sequence[Value], given: Mapping[Value, Array]) -> list[Array]:
    """The values' arrays in float64; `given` has those of the PINNED ones."""
    known: dict[Value, Any] = {}
    for v in ancestors(values):
        known[v] = _one(v, [known[x] for x in v.inputs], given)
        assert known[v].shape == v.shape, v
    return [known[v] for v in values]


def _one(v: Value, inputs: list[Array], given: Mapping[Value, Array]) -> Array:
    if v.op is sources.PINNED:
        return np.array(given[v], np.float64)
    if v.op is sources.CONSTANT:
        return np.asarray(v.attrs["value"])
    if v.op is sources.ARRAY:
        return np.frombuffer(v.attrs["data"]).reshape(v.shape)
    if v.op.name in ELEMENTWISE:
        return np.asarray(ELEMENTWISE[v.op.name](*inputs))
    return np.asarray(OTHERS[v.op.name](v.attrs, *inputs))
