"""Random programs for property tests: a hypothesis strategy over graphs of operations."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st

from netstudio.engine.ir import Value
from tests.engine.helpers import Bench

UNARY = ("tanh", "sin", "cos", "sigmoid", "abs", "neg", "relu", "softplus", "sign")
BINARY = ("add", "sub", "mul", "maximum", "minimum", "gt")
SHAPES = ((3, 5), (5,), (3, 1), (), (5, 3), (2, 3, 5))


@st.composite
def programs(draw: st.DrawFn, longest: int = 25) -> tuple[Bench, list[Value]]:
    """A bench with some inputs, and the roots of a random program over them."""
    bench = Bench()
    seed = draw(st.integers(0, 2**32 - 1))
    rng = np.random.default_rng(seed)
    pool = [bench.input(rng.normal(size=shape)) for shape in SHAPES]
    makers = [_unary, _binary, _constant, _reduced, _product, _view, _moved, _softmax]
    for _ in range(draw(st.integers(1, longest))):
        made = draw(st.sampled_from(makers))(draw, bench.builder, pool)
        if made is not None and made.size <= 400:
            pool.append(made)
    roots = draw(st.lists(st.sampled_from(pool[len(SHAPES) :] or pool), min_size=1, max_size=3, unique=True))
    return bench, [*roots, pool[-1]]


def _pick(draw: Any, pool: list[Value]) -> Value:
    """Mostly something made lately, so that programs grow deep."""
    value: Value = draw(st.sampled_from(pool[-4:] if draw(st.booleans()) else pool))
    return value


def _unary(draw: Any, b: Any, pool: list[Value]) -> Any:
    return b.elementwise(draw(st.sampled_from(UNARY)), _pick(draw, pool))


def _binary(draw: Any, b: Any, pool: list[Value]) -> Any:
    x, y = _pick(draw, pool), _pick(draw, pool)
    try:
        np.broadcast_shapes(x.shape, y.shape)
    except ValueError:
        return None
    made = b.elementwise(draw(st.sampled_from(BINARY)), x, y)
    return b.clip(made, -3.0, 3.0)  # keeps numbers small, so that errors stay small


def _constant(draw: Any, b: Any, pool: list[Value]) -> Any:
    return _pick(draw, pool) * draw(st.sampled_from([0.5, -1.5, 1.0])) + draw(st.sampled_from([0.25, 0.0]))


def _reduced(draw: Any, b: Any, pool: list[Value]) -> Any:
    x = _pick(draw, pool)
    axes = draw(st.sets(st.integers(0, x.ndim - 1), min_size=1)) if x.ndim else None
    return getattr(b, draw(st.sampled_from(["mean", "max", "min"])))(x, axes and tuple(axes), draw(st.booleans()))


def _product(draw: Any, b: Any, pool: list[Value]) -> Any:
    x, w = _pick(draw, pool), _pick(draw, pool)
    if x.ndim < 2 or w.ndim != 2:
        return None
    if x.shape[-1] == w.shape[0]:
        made = b.matmul(x, w) * 0.2
        return b.relu(made + pool[1]) if made.shape[-1] == 5 and draw(st.booleans()) else made
    return b.matmul(x, w, False, True) * 0.2 if x.shape[-1] == w.shape[1] else None


def _view(draw: Any, b: Any, pool: list[Value]) -> Any:
    x = _pick(draw, pool)
    made = b.reshape(x, draw(st.sampled_from([(x.size,), (1, x.size), tuple(reversed(x.shape))])))
    return b.stop_gradient(made) if draw(st.booleans()) else made


def _moved(draw: Any, b: Any, pool: list[Value]) -> Any:
    x = _pick(draw, pool)
    if not x.ndim:
        return None
    axis = draw(st.integers(0, x.ndim - 1))
    if draw(st.booleans()):
        return b.transpose(x, tuple(draw(st.permutations(range(x.ndim)))))
    stop = draw(st.integers(1, x.shape[axis]))
    return b.concatenate([b.slice(x, axis, 0, stop), x], axis)


def _softmax(draw: Any, b: Any, pool: list[Value]) -> Any:
    x = _pick(draw, pool)
    return getattr(b, draw(st.sampled_from(["softmax", "log_softmax"])))(x) if x.ndim else None
