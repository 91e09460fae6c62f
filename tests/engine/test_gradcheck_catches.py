"""The check is checked: each fault planted here must be found, and each graph passes without it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

from netstudio import testing
from netstudio.engine import autodiff
from netstudio.engine.ir import Builder, Value
from netstudio.engine.ops import conv2d, cross_entropy, elementwise, matmul, movement, pool2d, reduce, softmax
from netstudio.errors import GradientError
from netstudio.graph import Graph
from tests.graphs import cnn, graph, regression, two_heads

Patch = pytest.MonkeyPatch
Fault = Callable[[Patch], None]
FAULTS: list[tuple[Fault, Graph]] = []


def planted(on: Graph) -> Callable[[Fault], Fault]:
    """The function plants a fault that `on` must bring to light."""

    def register(fault: Fault) -> Fault:
        FAULTS.append((fault, on))
        return fault

    return register


def derivative(patch: Patch, name: str, faulty: Callable[..., Any]) -> None:
    patch.setitem(elementwise.DERIVATIVES, name, faulty)


def around(kind: str, params: dict[str, Any], shapes: Sequence[list[int]], out: list[int]) -> Graph:
    """A layer between inputs of those shapes and a mean squared error."""
    inputs = [(f"x{i}", "Input", {"shape": s}) for i, s in enumerate(shapes)]
    nodes = [*inputs, ("n", kind, params), ("y", "Target", {"shape": out}), ("loss", "MeanSquaredError", {})]
    return graph(nodes, ", ".join([*(f"{i} n" for i, _, _ in inputs), "n loss.pred", "y loss.target"]))


MULTIPLY = around("Multiply", {}, [[4], [4]], [4])
BROADCAST = around("Add", {}, [[3, 4], [4]], [3, 4])
JOIN = around("Concatenate", {}, [[3], [3]], [6])
SQUARE = around("Dense", {"units": 4}, [[4]], [4])
IMAGE = around("Conv2D", {"filters": 2, "kernel_size": 3, "padding": "same"}, [[4, 5, 2]], [4, 5, 2])
POOL = around("MaxPooling2D", {}, [[4, 4, 2]], [2, 2, 2])
NORM = around("BatchNormalization", {}, [[3]], [3])
PROBABILITIES = around("Softmax", {}, [[4]], [4])


@planted(MULTIPLY)
def a_dropped_term(patch: Patch) -> None:
    derivative(patch, "mul", lambda b, g, y, p, q: (g * q, None))


@planted(regression())
def a_scale_off_by_a_thousandth(patch: Patch) -> None:
    derivative(patch, "tanh", lambda b, g, y, x: (g * (1.0 - y * y) * 1.001,))


@planted(two_heads())
def a_missing_division_by_the_batch(patch: Patch) -> None:
    def vjp(self: Any, b: Builder, y: Value, g: Value) -> Sequence[Value | None]:
        return [b.make(cross_entropy.GRADS[self.kind], *y.inputs, g * float(g.shape[0])), None]

    patch.setattr(cross_entropy.CrossEntropy, "vjp", vjp)


@planted(two_heads())
def the_last_use_alone_where_a_value_fans_out(patch: Patch) -> None:
    """`sums[x] = dx` in place of `sums[x] += dx`."""

    def gradients(b: Builder, loss: Value, wrt: Sequence[Value]) -> list[Value | None]:
        sums: dict[Value, Value] = {loss: b.constant(1.0)}
        for y in sorted(autodiff.ancestors([loss]), key=lambda v: v.number, reverse=True):
            if y in sums and y.inputs:
                made = zip(y.inputs, y.op.vjp(b, y, sums[y]), strict=True)
                sums.update({x: dx for x, dx in made if dx is not None})
        return [sums.get(x) for x in wrt]

    patch.setattr(autodiff, "gradients", gradients)


@planted(SQUARE)
def a_forgotten_transpose(patch: Patch) -> None:
    def vjp(self: Any, b: Builder, y: Value, g: Value) -> Sequence[Value | None]:
        x, w = y.inputs
        return [b.matmul(g, w), b.matmul(x, g, True, False)]

    patch.setattr(matmul.MatMul, "vjp", vjp)


@planted(BROADCAST)
def one_row_in_place_of_the_sum_over_a_broadcast(patch: Patch) -> None:
    def sum_to(self: Builder, x: Value, shape: tuple[int, ...]) -> Value:
        for axis, size in enumerate((1,) * (x.ndim - len(shape)) + shape):
            x = self.slice(x, axis, 0, 1) if size == 1 and x.shape[axis] != 1 else x
        return self.reshape(x, shape)

    patch.setattr(Builder, "sum_to", sum_to)


@planted(regression())
def a_wrong_sign(patch: Patch) -> None:
    derivative(patch, "sub", lambda b, g, y, p, q: (g, g))


@planted(JOIN)
def a_slice_off_by_one(patch: Patch) -> None:
    def vjp(self: Any, b: Builder, y: Value, g: Value) -> Sequence[Value | None]:
        axis, size = y.attrs["axis"], y.inputs[0].shape[-1]
        return [b.slice(g, axis, 0, size), b.slice(g, axis, size - 1, 2 * size - 1)]

    patch.setattr(movement.Concatenate, "vjp", vjp)


@planted(regression(activation="relu"))
def a_relu_open_on_the_wrong_side(patch: Patch) -> None:
    derivative(patch, "relu", lambda b, g, y, x: (b.where(b.greater(y, 0.0), 0.0, g),))


@planted(regression(activation="relu"))
def a_relu_that_is_always_open(patch: Patch) -> None:
    derivative(patch, "relu", lambda b, g, y, x: (g,))


@planted(POOL)
def a_maximum_whose_whole_window_gets_the_gradient(patch: Patch) -> None:
    def vjp(self: Any, b: Builder, y: Value, g: Value) -> Sequence[Value | None]:
        return [b.make(pool2d.AVERAGE_POOL_GRAD, g, x_shape=y.inputs[0].shape, **y.attrs)]

    patch.setattr(pool2d.Pool, "vjp", vjp)


@planted(NORM)
def a_normalisation_that_forgets_the_variance(patch: Patch) -> None:
    patch.setattr(Builder, "rsqrt", lambda b, x: b.elementwise("rsqrt", b.stop_gradient(x)))


@planted(NORM)
def a_normalisation_that_forgets_the_mean(patch: Patch) -> None:
    plain = Builder.mean
    patch.setattr(Builder, "mean", lambda b, x, axes=None, keepdims=False: b.stop_gradient(plain(b, x, axes, keepdims))
                  if axes == (0,) else plain(b, x, axes, keepdims))  # fmt: skip


@planted(PROBABILITIES)
def a_softmax_that_forgets_the_other_classes(patch: Patch) -> None:
    patch.setattr(softmax.Softmax, "vjp", lambda self, b, y, g: [g * y * (1.0 - y)])


@planted(IMAGE)
def a_convolution_whose_gradient_forgets_the_padding(patch: Patch) -> None:
    def vjp(self: Any, b: Builder, y: Value, g: Value) -> Sequence[Value | None]:
        x, kernel = y.inputs
        shifted = {**y.attrs, "padding": (0, 2, 1, 1)}
        dx = b.make(conv2d.GRAD_INPUT, g, kernel, x_shape=x.shape, **y.attrs)
        return [dx, b.make(conv2d.GRAD_KERNEL, x, g, kernel_shape=kernel.shape, **shifted)]

    patch.setattr(conv2d.Conv2D, "vjp", vjp)


@planted(two_heads())
def a_penalty_without_its_factor_of_two(patch: Patch) -> None:
    derivative(patch, "square", lambda b, g, y, x: (g * x,))


@planted(cnn(dropout=0.0))
def a_sum_divided_once_too_often(patch: Patch) -> None:
    def vjp(self: Any, b: Builder, y: Value, g: Value) -> Sequence[Value | None]:
        (x,) = y.inputs
        return [b.broadcast_to(g * (y.size / x.size), x.shape)]

    patch.setattr(reduce.Reduce, "vjp", vjp)


MESSAGE = re.compile(
    r"the gradient of (?P<name>\w+(/\w+)?)\[(?P<place>[\d, ]*)\] is (?P<found>\S+); "
    r"its central difference is (?P<expected>\S+)"
)
every_fault = pytest.mark.parametrize(("fault", "on"), FAULTS, ids=[f.__name__ for f, _ in FAULTS])


@every_fault
def test_the_fault_is_found(fault: Fault, on: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    fault(monkeypatch)
    with pytest.raises(GradientError) as caught:
        testing.gradcheck(on)
    message = MESSAGE.fullmatch(str(caught.value))
    assert message, caught.value
    name = message["name"]
    assert name.partition("/")[0] in on.nodes, "the message names no node"
    assert message["place"], "the message names no place"
    found, expected = float(message["found"]), float(message["expected"])
    assert abs(found - expected) > 1e-8 + 1e-6 * max(abs(found), abs(expected))


@pytest.mark.parametrize("on", list({id(g): g for _, g in FAULTS}.values()), ids=lambda g: "-".join(g.nodes))
def test_without_the_fault_all_is_well(on: Graph) -> None:
    testing.gradcheck(on)


def test_there_are_many_faults() -> None:
    assert len(FAULTS) >= 10


def test_a_gradient_that_is_not_a_number_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    derivative(monkeypatch, "tanh", lambda b, g, y, x: (g * np.nan,))
    with pytest.raises(GradientError, match="is nan; its central difference is"):
        testing.gradcheck(regression())
