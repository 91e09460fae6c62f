"""Reverse-mode differentiation: every way in which values meet."""

from __future__ import annotations

import numpy as np
import pytest

from netstudio.engine import autodiff
from netstudio.engine.ir import Builder, Value
from tests.engine.helpers import Bench, check_gradients

RNG = np.random.default_rng(5)


def test_a_diamond() -> None:
    """x reaches the loss along two paths that meet again."""

    def diamond(b: Builder, x: Value) -> Value:
        y = b.tanh(x)
        return b.exp(y) * b.elementwise("sin", y) + y

    check_gradients(diamond, RNG.normal(size=(3, 5)))


def test_diamonds_in_a_row_do_not_explode() -> None:
    """60 diamonds have 2^60 paths; each value is visited once."""
    bench = Bench()
    x = y = bench.input(RNG.normal(size=3))
    for _ in range(60):
        y = bench.builder.tanh(y) * 0.5 + y * 0.5
    (g,) = autodiff.gradients(bench.builder, bench.builder.sum(y), [x])
    assert g is not None
    assert len(autodiff.ancestors([g])) < 1500
    assert np.isfinite(bench.run(g)[0]).all()


def test_fan_out_adds_up() -> None:
    check_gradients(lambda b, x: x * x * x + b.exp(x) - x / (b.square(x) + 1.0), RNG.normal(size=(3, 5)))
    check_gradients(lambda b, x: x + x + x, RNG.normal(size=4))


def test_a_value_used_twice_by_one_operation() -> None:
    check_gradients(lambda b, x: x @ b.transpose(x, (1, 0)), RNG.normal(size=(3, 5)))
    check_gradients(lambda b, x: b.concatenate([x, x], 0), RNG.normal(size=(3, 5)))


def test_shared_weights() -> None:
    """One matrix in three layers, as in a recurrent network."""

    def unrolled(b: Builder, x: Value, w: Value) -> Value:
        for _ in range(3):
            x = b.tanh(x @ w)
        return x

    check_gradients(unrolled, RNG.normal(size=(2, 5)), RNG.normal(size=(5, 5)))


def test_a_gradient_through_a_gradient() -> None:
    """Gradients are values like others, and can be differentiated again."""

    def slope(b: Builder, x: Value) -> Value:
        (g,) = autodiff.gradients(b, b.sum(b.exp(x) * b.tanh(x)), [x])
        assert g is not None
        return g

    check_gradients(slope, RNG.normal(size=(3, 4)))


def test_what_the_loss_does_not_depend_on_has_none() -> None:
    bench = Bench()
    b = bench.builder
    x, y, z = (bench.input(RNG.normal(size=(3, 5))) for _ in range(3))
    unused = b.exp(y)
    loss = b.sum(x * b.stop_gradient(z))
    gradients = autodiff.gradients(b, loss, [x, y, z, unused])
    assert [g is None for g in gradients] == [False, True, True, True]


def test_the_loss_itself_and_values_on_the_way() -> None:
    bench = Bench()
    b = bench.builder
    x = bench.input(RNG.normal(size=(3, 5)))
    y = b.square(x)
    loss = b.sum(y) * 2.0
    to_loss, to_y, to_x = autodiff.gradients(b, loss, [loss, y, x])
    assert to_loss is not None and to_y is not None and to_x is not None  # noqa: PT018
    found = bench.run(to_loss, to_y, to_x)
    np.testing.assert_array_equal(found[0], 1.0)
    np.testing.assert_array_equal(found[1], np.full((3, 5), 2.0))
    np.testing.assert_allclose(found[2], 4.0 * bench.inputs[x])


def test_only_one_number_can_be_differentiated() -> None:
    bench = Bench()
    x = bench.input(np.ones((3, 5)))
    with pytest.raises(ValueError, match=r"only a single number .* \(3, 5\)"):
        autodiff.gradients(bench.builder, x, [x])


def test_a_chain_of_5000_operations() -> None:
    """No recursion: depth costs nothing. Alternating views and products keep the chain from being one item."""
    bench = Bench()
    b = bench.builder
    x = y = bench.input(np.linspace(-1.0, 1.0, 6).reshape(2, 3))
    expected, slope = bench.inputs[x].copy(), np.ones((2, 3))
    for i in range(5000):
        y = b.tanh(y) if i % 100 == 0 else y * 0.9995 + 0.0003
        slope *= 1.0 - np.tanh(expected) ** 2 if i % 100 == 0 else 0.9995
        expected = np.tanh(expected) if i % 100 == 0 else expected * 0.9995 + 0.0003
        if i % 50 == 0:
            y = b.reshape(y, (3, 2) if i % 100 == 0 else (2, 3))
    y = b.reshape(y, (2, 3))
    (g,) = autodiff.gradients(b, b.sum(y), [x])
    assert g is not None
    found, gradient = bench.run(y, g)
    np.testing.assert_allclose(found, expected, rtol=1e-10)
    np.testing.assert_allclose(gradient, slope, rtol=1e-10)
