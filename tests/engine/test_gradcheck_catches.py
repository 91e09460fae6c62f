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
from netstudio.engine.kernels import layer_norm
from netstudio.engine.kernels import movement as movement_kernels
from netstudio.engine.kernels.vmath import bits_of_double
from netstudio.engine.ops import (
    conv2d,
    cross_entropy,
    einsum,
    matmul,
    movement,
    normalization,
    pool2d,
    recurrent,
    reduce,
    softmax,
    sparsemax,
)
from netstudio.errors import GradientError
from netstudio.graph import Graph
from tests.engine.planted import Fault, Faults, Patch, around, derivative, elements, in_place_of
from tests.graphs import cnn, regression, two_heads

FAULTS = Faults()


def planted(on: Graph) -> Callable[[Fault], Fault]:
    """The function plants a fault that the gradient check must find in `on`."""
    return FAULTS.planted(on, testing.gradcheck)


MULTIPLY = around("Multiply", {}, [[4], [4]], [4])
BROADCAST = around("Add", {}, [[3, 4], [4]], [3, 4])
JOIN = around("Concatenate", {}, [[3], [3]], [6])
SQUARE = around("Dense", {"units": 4}, [[4]], [4])
IMAGE = around("Conv2D", {"filters": 2, "kernel_size": 3, "padding": "same"}, [[4, 5, 2]], [4, 5, 2])
POOL = around("MaxPooling2D", {}, [[4, 4, 2]], [2, 2, 2])
NORM = around("BatchNormalization", {}, [[3]], [3])
LAYER_NORM = around("LayerNormalization", {}, [[2, 5]], [2, 5])
EMBEDDING = around("Embedding", {"input_dim": 2, "output_dim": 3}, [[4]], [4, 3], dtype="int")
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
    patch.setattr(normalization.Mean, "vjp", lambda self, b, y, g: [None, None])


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


@planted(around("Maximum", {}, [[5], [5]], [5]))
def a_maximum_that_both_inputs_get_the_gradient_of(patch: Patch) -> None:
    derivative(patch, "maximum", lambda b, g, y, p, q: (g, g))


@planted(around("Softsign", {}, [[3]], [3]))
def a_quotient_that_forgets_its_divisor(patch: Patch) -> None:
    derivative(patch, "div", lambda b, g, y, p, q: (g / q, -g * y))


@planted(around("Permute", {"dims": [3, 1, 2]}, [[2, 3, 4]], [4, 2, 3]))
def a_transpose_that_is_taken_twice_for_its_inverse(patch: Patch) -> None:
    patch.setattr(movement.Transpose, "vjp", lambda self, b, y, g: [b.reshape(b.transpose(g, y.attrs["axes"]),
                                                                              y.inputs[0].shape)])  # fmt: skip


@planted(around("ZeroPadding1D", {"padding": [2, 1]}, [[3, 2]], [6, 2]))
def a_padding_whose_gradient_is_cut_from_the_start(patch: Patch) -> None:
    def vjp(self: Any, b: Builder, y: Value, g: Value) -> Sequence[Value | None]:
        shape = y.inputs[0].shape
        return [b.make(movement.SLICE, g, starts=(0,) * g.ndim, steps=y.attrs["steps"], shape=shape)]

    patch.setattr(movement.Place, "vjp", vjp)


@planted(EMBEDDING)
def a_table_that_keeps_the_last_row_s_gradient_alone(patch: Patch) -> None:
    """`out[i] = g` in place of `out[i] += g`, in the kernel."""

    def work(real: Any, a: Any, dtype: Any, worker: int, workers: int) -> None:
        numbers, out = elements(a[0], a[2], dtype), elements(a[6], a[3] * a[4], dtype).reshape(a[3], a[4])
        out[:] = 0.0
        for number, row in zip(numbers, elements(a[5], a[2] * a[4], dtype).reshape(-1, a[4]), strict=True):
            out[int(number)] = row

    in_place_of(patch, movement_kernels, "scatter_add_rows", 8, work)


@planted(EMBEDDING)
def a_table_read_one_row_off(patch: Patch) -> None:
    def work(real: Any, a: Any, dtype: Any, worker: int, workers: int) -> None:
        table, numbers = elements(a[5], a[3] * a[4], dtype).reshape(a[3], a[4]), elements(a[0], a[2], dtype)
        elements(a[6], a[2] * a[4], dtype)[:] = table[(numbers.astype(int) + 1) % a[3]].ravel()

    in_place_of(patch, movement_kernels, "gather_rows", 7, work)


@planted(LAYER_NORM)
def a_layer_normalisation_whose_gradient_has_another_epsilon(patch: Patch) -> None:
    def work(real: Any, a: Any, dtype: Any, worker: int, workers: int) -> None:
        a[7] = bits_of_double(0.5)
        real(a, worker, workers)

    in_place_of(patch, layer_norm, "layer_norm_grad", 9, work)


@planted(LAYER_NORM)
def a_kernel_that_leaves_out_the_last_row(patch: Patch) -> None:
    def work(real: Any, a: Any, dtype: Any, worker: int, workers: int) -> None:
        a[4] -= 1
        real(a, worker, workers)

    in_place_of(patch, layer_norm, "layer_norm", 7, work)


@planted(LAYER_NORM)
def a_gain_whose_gradient_is_that_of_the_shift(patch: Patch) -> None:
    plain = normalization.LayerNorm.vjp

    def vjp(self: Any, b: Builder, y: Value, g: Value) -> Sequence[Value | None]:
        dx, _gain, shift = plain(self, b, y, g)
        return [dx, shift, shift]

    patch.setattr(normalization.LayerNorm, "vjp", vjp)


@planted(around("Sparsemax", {}, [[5]], [5]))
def a_sparsemax_whose_mean_is_over_all_places(patch: Patch) -> None:
    def vjp(self: Any, b: Builder, y: Value, g: Value) -> Sequence[Value | None]:
        above = b.greater(y, 0.0)
        return [above * (g - b.mean(above * g, -1, keepdims=True))]

    patch.setattr(sparsemax.Sparsemax, "vjp", vjp)


@planted(around("LSTM", {"units": 3}, [[4, 2]], [3]))
def an_lstm_whose_recurrent_kernel_learns_nothing(patch: Patch) -> None:
    plain = recurrent.Hidden.vjp

    def vjp(self: Any, b: Builder, y: Value, g: Value) -> Sequence[Value | None]:
        packed, x, kernel, again, *bias = plain(self, b, y, g)
        assert again is not None
        return [packed, x, kernel, again * 0.0, *bias]

    patch.setattr(recurrent.Hidden, "vjp", vjp)


@planted(around("Dense", {"units": 3, "kernel_constraint": None}, [[2, 4]], [2, 3]))
def a_product_that_sums_over_the_wrong_rows(patch: Patch) -> None:
    """The kernel's arguments, not the graph: one term of the sum is missing in the forward product alone."""
    plain = matmul.MatMul.instructions

    def instructions(self: Any, e: Any, y: Value) -> Any:
        layout = matmul._layout

        def shorter(v: Value) -> dict[str, Any]:
            sizes = layout(v)
            return {**sizes, "k": sizes["k"] - (not y.attrs["transpose_x"] and not y.attrs["transpose_w"])}

        patch.setattr(matmul, "_layout", shorter)
        made = plain(self, e, y)
        patch.setattr(matmul, "_layout", layout)
        return made

    patch.setattr(matmul.MatMul, "instructions", instructions)


@planted(around("ReduceMax", {}, [[5]], []))
def a_maximum_whose_gradient_all_get(patch: Patch) -> None:
    patch.setattr(reduce.Reduce, "vjp", lambda self, b, y, g: [b.broadcast_to(g, y.inputs[0].shape)])


@planted(around("MultiHeadAttention", {"num_heads": 2, "key_dim": 3}, [[3, 4], [3, 4]], [3, 4]))
def an_attention_whose_keys_and_queries_change_places(patch: Patch) -> None:
    plain = einsum.Einsum.vjp

    def vjp(self: Any, b: Builder, y: Value, g: Value) -> Sequence[Value | None]:
        dx, dw = plain(self, b, y, g)
        assert dx is not None
        assert dw is not None
        return [dw, dx] if dx.shape == dw.shape else [dx, dw]

    patch.setattr(einsum.Einsum, "vjp", vjp)


MESSAGE = re.compile(
    r"the gradient of (?P<name>\w+(/\w+)*)\[(?P<place>[\d, ]*)\] is (?P<found>\S+); "
    r"its central difference is (?P<expected>\S+)"
)
every_fault = pytest.mark.parametrize(("fault", "on"), [(f, g) for f, g, _ in FAULTS.all], ids=FAULTS.names)


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
    assert not abs(found - expected) <= 1e-8 + 1e-6 * max(abs(found), abs(expected)), "NaN is a difference too"


@pytest.mark.parametrize("on", list({id(g): g for _, g, _ in FAULTS.all}.values()), ids=lambda g: "-".join(g.nodes))
def test_without_the_fault_all_is_well(on: Graph) -> None:
    testing.gradcheck(on)


def test_there_are_many_faults() -> None:
    assert len(FAULTS.all) >= 30


def test_a_gradient_that_is_not_a_number_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    derivative(monkeypatch, "tanh", lambda b, g, y, x: (g * np.nan,))
    with pytest.raises(GradientError, match="is nan; its central difference is"):
        testing.gradcheck(regression())
