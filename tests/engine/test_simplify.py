"""What algebra spares: smaller operations, and the same numbers."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from netstudio.engine import autodiff
from netstudio.engine.autodiff import ancestors
from netstudio.engine.ir import Builder, Value
from tests.engine.helpers import Bench
from tests.engine.twin import interpret

RNG = np.random.default_rng(3)
Build = Callable[[Builder, Value, Value], Value]

CASES: dict[str, tuple[Build, list[str]]] = {
    "a row is a factor of a sum of columns": (lambda b, x, r: b.sum(x * r, 0), ["sum", "mul"]),
    "on either side": (lambda b, x, r: b.sum(r * x, 0), ["sum", "mul"]),
    "not of a sum along it": (lambda b, x, r: b.sum(x * r, 1), ["mul", "sum"]),
    "not of a sum of all": (lambda b, x, r: b.sum(x * r), ["mul", "sum"]),
    "a number is a factor of any": (lambda b, x, r: b.sum(x * 3.0), ["sum", "mul"]),
    "so is a sign": (lambda b, x, r: b.sum(-x, (0, 1), True), ["sum", "mul"]),
    "what is repeated is multiplied": (lambda b, x, r: b.sum(b.broadcast_to(r, (4, 3, 5)), (0, 1)), ["mul"]),
    "and summed where it is not": (lambda b, x, r: b.sum(b.broadcast_to(r, (4, 3, 5))), ["sum", "mul"]),
    "repeating comes last": (lambda b, x, r: b.exp(b.broadcast_to(r, (3, 5))) * 2.0, ["exp", "mul", "copy"]),
    "or not at all": (lambda b, x, r: b.broadcast_to(r, (3, 5)) + x, ["add"]),
    "factors are gathered": (lambda b, x, r: (2.0 * (x * 3.0)) * 0.5, ["mul"]),
    "signs too": (lambda b, x, r: b.elementwise("neg", -x) - (-r), ["add"]),
    "a negative addend is subtracted": (lambda b, x, r: x + (-r), ["sub"]),
    "a sign is a factor": (lambda b, x, r: -(x * 2.0), ["mul"]),
}


@pytest.mark.parametrize("case", CASES)
def test_fewer_or_smaller_operations(case: str) -> None:
    build, expected = CASES[case]
    bench = Bench()
    x, r = bench.input(RNG.normal(size=(3, 5))), bench.input(RNG.normal(size=5))
    y = build(bench.builder, x, r)
    left = [v.op.name for v in ancestors([y]) if v.inputs and not v.op.view]
    assert left == expected
    plain = interpret([y], bench.inputs)[0]
    np.testing.assert_allclose(bench.run(y)[0], plain, rtol=1e-12)


def test_a_sum_of_products_is_what_it_was() -> None:
    bench = Bench()
    x, r = bench.input(RNG.normal(size=(2, 3, 5))), bench.input(RNG.normal(size=(3, 1)))
    a, b = bench.inputs[x], bench.inputs[r]
    builder = bench.builder
    found = bench.run(builder.sum(x * r, 2), builder.sum(x * r, (0, 2)), builder.sum(x * r, 1), builder.sum(-x, 0))
    for array, exact in zip(found, ((a * b).sum(2), (a * b).sum((0, 2)), (a * b).sum(1), -a.sum(0)), strict=True):
        np.testing.assert_allclose(array, exact, rtol=1e-12)


@pytest.mark.parametrize("kind", ["max_pool2d", "average_pool2d"])
def test_a_pooling_hands_out_all_of_its_gradient(kind: str) -> None:
    """So a bias before it takes its gradient from the smaller tensor."""
    bench = Bench()
    b = bench.builder
    x, bias = bench.input(RNG.normal(size=(2, 7, 5, 3))), bench.input(RNG.normal(size=3))
    y = getattr(b, kind)(x + bias, (3, 2), (2, 2), (1, 1, 0, 1))
    loss = b.sum(y * b.constant(RNG.normal(size=y.shape)))
    (g,) = autodiff.gradients(b, loss, [bias])
    assert g is not None
    assert all("pool" not in v.op.name for v in ancestors([g]))
    step = np.eye(3) * 1e-6
    for place in range(3):
        bench.inputs[bias][:] += step[place]
        above = float(bench.run(loss)[0])
        bench.inputs[bias][:] -= 2 * step[place]
        slope = (above - float(bench.run(loss)[0])) / 2e-6
        bench.inputs[bias][:] += step[place]
        assert bench.run(g)[0][place] == pytest.approx(slope, rel=1e-6, abs=1e-7)


def test_a_relu_follows_a_maximum_and_rides_along() -> None:
    bench = Bench()
    b = bench.builder
    x = bench.input(RNG.normal(size=(2, 6, 4, 3)))
    y = b.max_pool2d(b.relu(x), (2, 2), (2, 2), (0, 0, 0, 0))
    windows = np.maximum(bench.inputs[x], 0.0).reshape(2, 3, 2, 2, 2, 3)
    np.testing.assert_array_equal(bench.run(y)[0], windows.max((2, 4)))
    (item,) = bench.program(y).layout.items
    assert item.values[0].attrs["activation"] == "relu"


def test_batch_normalisation_passes_five_times_over_its_input() -> None:
    """Forward: the mean, the variance, the result; backward: all sums, the input's gradient."""
    bench = Bench()
    b = bench.builder
    x, gamma, beta = bench.input(RNG.normal(size=(5, 40))), bench.input(np.ones(5)), bench.input(np.zeros(5))
    made = b.transpose(x, (1, 0))
    mean = b.mean(made, 0)
    variance = b.mean(b.square(made - b.stop_gradient(mean)), 0)
    y = b.relu((made - mean) * (b.rsqrt(variance + 1e-3) * gamma) + beta)
    product = y @ bench.input(RNG.normal(size=(5, 5)))
    gradients = autodiff.gradients(b, b.sum(b.square(product)), [x, gamma, beta])
    items = bench.program(*(g for g in gradients if g is not None)).layout.items
    assert len([item for item in items if item.chain and item.shape == made.shape and made in item.inputs]) == 5
