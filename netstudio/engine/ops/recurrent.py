"""Recurrent layers: all steps are one operation, whose output holds what is shown and what the backward pass needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from netstudio.engine.ir import Builder, Op, Shape, Value
from netstudio.engine.kernels import recurrent_calls as kernels

if TYPE_CHECKING:
    from netstudio.engine.emit import Emitter, Instruction


def build(b: Builder, kind: str, x: Value, kernel: Value, recurrent: Value, bias: Value | None, every: bool) -> Value:
    """The hidden states of all steps, or the last; weights with a column for each unit of each of the kind's gates."""
    found = kernels.KINDS[kind]
    inputs = (x, kernel, recurrent) if bias is None else (x, kernel, recurrent, bias)
    _check(kind, found.gates, *(v.shape for v in inputs))
    steps, batch, features = x.shape
    sizes = kernels.Sizes(steps, batch, features, recurrent.shape[0], bias is not None, every, found)
    return b.make(HIDDEN, b.make(RECURRENCE, *inputs, sizes=sizes), *inputs, sizes=sizes)


def gru(b: Builder, x: Value, kernel: Value, recurrent: Value, bias: Value | None, every: bool) -> Value:
    """A GRU that resets after the product: kernels of three gates z, r, new, bias (2, 3 units).

    As the kernels have it: the new state from x, z, r, the new state from h.
    """
    units = recurrent.shape[0]
    z_r, new = (0, 2 * units), (2 * units, 3 * units)

    def part(w: Value, columns: tuple[int, int]) -> Value:
        return b.slice(w, w.ndim - 1, *columns)

    def nothing(w: Value) -> Value:
        return b.broadcast_to(b.constant(0.0), (*w.shape[:-1], units))

    kernel = b.concatenate([part(kernel, new), part(kernel, z_r), nothing(kernel)], 1)
    recurrent = b.concatenate([nothing(recurrent), part(recurrent, z_r), part(recurrent, new)], 1)
    if bias is not None:
        of_x, of_h = (b.reshape(b.slice(bias, 0, row, row + 1), (3 * units,)) for row in (0, 1))
        bias = b.concatenate([part(of_x, new), part(of_x, z_r) + part(of_h, z_r), part(of_h, new)], 0)
    return build(b, "gru", x, kernel, recurrent, bias, every)


def _check(kind: str, gates: int, x: Shape, kernel: Shape, recurrent: Shape, bias: Shape | None = None) -> None:
    columns = gates * recurrent[0]
    fits = len(x) == 3 and kernel == (x[2], columns) and recurrent[1:] == (columns,) and bias in (None, (columns,))
    if not fits:
        raise ValueError(f"{kind}: x {x}, kernel {kernel}, recurrent kernel {recurrent}, bias {bias} do not fit")


def _multiply_adds(s: kernels.Sizes) -> int:
    """Those of the products by both kernels at every step, or by their transposes."""
    return s.steps * s.batch * s.features * s.kind.x_gates * s.units + _recurrent_multiply_adds(s)


def _recurrent_multiply_adds(s: kernels.Sizes) -> int:
    """Those of the product by the recurrent kernel alone, which the first step does without."""
    return (s.steps - 1) * s.batch * s.units * (s.kind.gates - s.kind.first_back) * s.units


class Recurrence(Op):
    """x (steps, batch, features), kernel and recurrent kernel (..., gates · units), perhaps a bias.

    The output is flat and laid out as the kernels have it; it begins with the hidden states.
    """

    name = "recurrence"

    def infer(self, inputs: Sequence[Value], attrs: Mapping[str, Any]) -> Shape:
        return (attrs["sizes"].layout().size,)

    def multiply_adds(self, y: Value) -> int:
        return _multiply_adds(y.attrs["sizes"])

    def scratch(self, y: Value, workers: int, dtype: np.dtype[Any]) -> int:
        return kernels.forward_scratch(y.attrs["sizes"], dtype)

    def instructions(self, e: Emitter, y: Value) -> list[Instruction]:
        x, kernel, recurrent, *bias = (e.address(v) for v in y.inputs)
        return e.calls(
            kernels.forward(
                y.attrs["sizes"], x, kernel, recurrent, bias[0] if bias else 0, e.address(y), dtype=e.dtype,
                scratch=e.scratch,
            )
        )  # fmt: skip


class Hidden(Op):
    """h of every step (steps, batch, units), or of the last (batch, units), within what Recurrence made of the inputs.

    The inputs of Recurrence are inputs here as well: this is where its derivative stands.
    """

    name = "recurrence_hidden"
    view = True

    def infer(self, inputs: Sequence[Value], attrs: Mapping[str, Any]) -> Shape:
        s = attrs["sizes"]
        return (s.steps, s.batch, s.units) if s.every else (s.batch, s.units)

    def vjp(self, b: Builder, y: Value, g: Value) -> Sequence[Value | None]:
        packed, _, kernel, recurrent, *bias = y.inputs
        s: kernels.Sizes = y.attrs["sizes"]
        columns = s.columns
        d_gates = b.make(GRAD, g, packed, recurrent, sizes=s)
        d_weights = b.make(WEIGHT_GRAD, d_gates, packed, sizes=s)
        d_kernel = b.part(d_weights, 0, (s.features, columns))
        d_bias = [b.part(d_weights, s.features * columns, (columns,))] * len(bias)
        d_recurrent = b.part(d_weights, (s.features + s.biased) * columns, (s.units, columns))
        return [None, b.make(INPUT_GRAD, d_gates, kernel, sizes=s), d_kernel, d_recurrent, *d_bias]


class RecurrenceGrad(Op):
    """The gradient of the gates' sums, flat, from that of h, Recurrence's output and the recurrent kernel."""

    name = "recurrence_grad"

    def infer(self, inputs: Sequence[Value], attrs: Mapping[str, Any]) -> Shape:
        return (attrs["sizes"].gate_elements(),)

    def multiply_adds(self, y: Value) -> int:
        return _recurrent_multiply_adds(y.attrs["sizes"])

    def scratch(self, y: Value, workers: int, dtype: np.dtype[Any]) -> int:
        return kernels.backward_scratch(y.attrs["sizes"], dtype)

    def instructions(self, e: Emitter, y: Value) -> list[Instruction]:
        places = [e.address(v) for v in (*y.inputs, y)]
        return e.calls(kernels.backward(y.attrs["sizes"], *places, dtype=e.dtype, scratch=e.scratch))


class RecurrenceInputGrad(Op):
    """The gradient of x (steps, batch, features), from that of the gates' sums and the kernel."""

    name = "recurrence_input_grad"

    def infer(self, inputs: Sequence[Value], attrs: Mapping[str, Any]) -> Shape:
        s = attrs["sizes"]
        return (s.steps, s.batch, s.features)

    def multiply_adds(self, y: Value) -> int:
        s: kernels.Sizes = y.attrs["sizes"]
        return y.size * s.kind.x_gates * s.units

    def scratch(self, y: Value, workers: int, dtype: np.dtype[Any]) -> int:
        return kernels.input_grad_scratch(y.attrs["sizes"], dtype)

    def instructions(self, e: Emitter, y: Value) -> list[Instruction]:
        places = [e.address(v) for v in (*y.inputs, y)]
        return e.calls(kernels.input_grad(y.attrs["sizes"], *places, dtype=e.dtype, scratch=e.scratch))


class RecurrenceWeightGrad(Op):
    """The gradients of kernel, bias and recurrent kernel, one below the other, from the gates' and the output."""

    name = "recurrence_weight_grad"

    def infer(self, inputs: Sequence[Value], attrs: Mapping[str, Any]) -> Shape:
        return (attrs["sizes"].weights, attrs["sizes"].columns)

    def multiply_adds(self, y: Value) -> int:
        return _multiply_adds(y.attrs["sizes"])

    def scratch(self, y: Value, workers: int, dtype: np.dtype[Any]) -> int:
        return kernels.weight_grad_scratch(y.attrs["sizes"], workers, dtype)

    def instructions(self, e: Emitter, y: Value) -> list[Instruction]:
        places = [e.address(v) for v in (*y.inputs, y)]
        return e.calls(kernels.weight_grad(y.attrs["sizes"], *places, dtype=e.dtype, scratch=e.scratch))


RECURRENCE, HIDDEN, GRAD, INPUT_GRAD, WEIGHT_GRAD = (
    Recurrence(), Hidden(), RecurrenceGrad(), RecurrenceInputGrad(), RecurrenceWeightGrad(),
)  # fmt: skip
