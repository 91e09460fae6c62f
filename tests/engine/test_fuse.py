"""Rewrites: the same numbers in fewer passes, and only where nothing else needs what is fused away."""

from __future__ import annotations

from typing import Any
from unittest import mock

import numpy as np
import pytest
from hypothesis import given, settings

from netstudio.engine import fuse
from netstudio.engine.autodiff import ancestors
from netstudio.engine.ir import Builder, Value
from tests.engine.dags import programs
from tests.engine.helpers import Bench, outputs
from tests.engine.twin import interpret

RNG = np.random.default_rng(2)


def names(b: Builder, *roots: Value) -> list[str]:
    """The operations that are left."""
    kept = ancestors(fuse.fuse(b, roots))
    return sorted(v.op.name for v in kept if v.op.name not in ("pinned", "reshape", "constant"))


def layer(bench: Bench, lead: tuple[int, ...] = (3,), bias: tuple[int, ...] = (5,)) -> tuple[Value, Value]:
    """A product and what may be fused with it."""
    x, w = bench.input(RNG.normal(size=(*lead, 4))), bench.input(RNG.normal(size=(4, 5)))
    return bench.builder.matmul(x, w), bench.input(RNG.normal(size=bias))


def same_numbers(bench: Bench, *roots: Value) -> None:
    fused = bench.program(*roots)
    with mock.patch.object(fuse, "fuse", lambda b, roots: list(roots)):
        plain = bench.program(*roots)
    for found, expected, slow in zip(outputs(fused), outputs(plain), interpret(roots, bench.inputs), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-13, atol=1e-14)
        np.testing.assert_allclose(found, slow, rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize("lead", [(3,), (2, 3), (2, 3, 6)])
def test_bias_and_relu_ride_along(lead: tuple[int, ...]) -> None:
    bench = Bench()
    y, bias = layer(bench, lead)
    z = bench.builder.relu(y + bias)
    assert names(bench.builder, z) == ["matmul"]
    same_numbers(bench, z)


def test_relu_alone_rides_along() -> None:
    bench = Bench()
    y, _ = layer(bench)
    assert names(bench.builder, bench.builder.relu(y)) == ["matmul"]
    same_numbers(bench, bench.builder.relu(y))


def test_convolution_takes_bias_and_relu() -> None:
    bench = Bench()
    b = bench.builder
    x, kernel = bench.input(RNG.normal(size=(2, 6, 5, 3))), bench.input(RNG.normal(size=(3, 2, 3, 4)))
    y = b.conv2d(x, kernel, padding=(1, 1, 0, 1))
    z = b.relu(y + bench.input(RNG.normal(size=4)))
    assert names(b, z) == ["conv2d"]
    fused = bench.run(z)[0]
    with mock.patch.object(fuse, "fuse", lambda b, roots: list(roots)):
        np.testing.assert_allclose(fused, bench.run(z)[0], rtol=1e-13, atol=1e-14)


def shown_product(bench: Bench, y: Value, bias: Value) -> list[Value]:
    return [y, bench.builder.relu(y + bias)]


def read_twice(bench: Bench, y: Value, bias: Value) -> list[Value]:
    return [bench.builder.exp(y * 0.1) + (y + bias)]


def shown_before_relu(bench: Bench, y: Value, bias: Value) -> list[Value]:
    z = y + bias
    return [z, bench.builder.relu(z)]


@pytest.mark.parametrize(
    ("build", "left"),
    [
        (shown_product, ["add", "matmul", "relu"]),
        (read_twice, ["add", "add", "exp", "matmul", "mul"]),
        (shown_before_relu, ["matmul", "relu"]),
    ],
)
def test_what_others_read_is_not_fused_away(build: Any, left: list[str]) -> None:
    bench = Bench()
    y, bias = layer(bench)
    roots = build(bench, y, bias)
    assert names(bench.builder, *roots) == left
    same_numbers(bench, *roots)


@pytest.mark.parametrize("bias", [(3, 5), (1, 5), (3, 1), (2, 3, 5)])
def test_an_addend_that_is_not_a_row_is_not_a_bias(bias: tuple[int, ...]) -> None:
    bench = Bench()
    y, other = layer(bench, bias=bias)
    assert names(bench.builder, y + other) == ["add", "matmul"]
    same_numbers(bench, y + other)


def test_one_product_takes_one_bias_and_nothing_after_its_relu() -> None:
    bench = Bench()
    b = bench.builder
    y, bias = layer(bench)
    second = bench.input(RNG.normal(size=5))
    assert names(b, y + bias + second) == ["add", "matmul"]
    assert names(b, b.relu(y) + bias) == ["add", "matmul"]
    assert names(b, b.relu(b.relu(y) + bias)) == ["add", "matmul", "relu"]
    same_numbers(bench, y + bias + second, b.relu(y) + bias, b.relu(b.relu(y) + bias))


def test_a_view_that_moves_columns_is_no_way_through() -> None:
    bench = Bench()
    b = bench.builder
    y, _ = layer(bench, (5,))
    turned = b.reshape(b.reshape(y, (25,)), (1, 25))
    z = turned + bench.input(RNG.normal(size=25))
    assert names(b, z) == ["add", "matmul"]
    same_numbers(bench, z)


@settings(deadline=None, max_examples=40)
@given(programs())
def test_random_programs_are_the_same_fused(made: tuple[Bench, list[Value]]) -> None:
    same_numbers(made[0], *made[1])
