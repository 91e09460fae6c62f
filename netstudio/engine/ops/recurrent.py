"""The LSTM: all steps are one operation, whose output holds what the backward pass needs beside what is asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from netstudio.engine.ir import Builder, Op, Shape, Value
from netstudio.engine.kernels import lstm_calls as kernels

if TYPE_CHECKING:
    from netstudio.engine.emit import Emitter, Instruction


def build(b: Builder, x: Value, kernel: Value, recurrent: Value, bias: Value | None, every: bool) -> Value:
    """The hidden states of all steps, or the last."""
    _check(x.shape, kernel.shape, recurrent.shape, None if bias is None else bias.shape)
    inputs = (x, kernel, recurrent) if bias is None else (x, kernel, recurrent, bias)
    steps, batch, features = x.shape
    sizes = kernels.Sizes(steps, batch, features, recurrent.shape[0], bias is not None, every)
    return b.make(HIDDEN, b.make(LSTM, *inputs, sizes=sizes), *inputs, sizes=sizes)


def _check(x: Shape, kernel: Shape, recurrent: Shape, bias: Shape | None) -> None:
    four = recurrent[1]
    if len(x) != 3 or kernel != (x[2], four) or recurrent != (four // 4, four) or bias not in (None, (four,)):
        raise ValueError(f"lstm: x {x}, kernel {kernel}, recurrent kernel {recurrent}, bias {bias} do not fit")


def _recurrent_multiply_adds(s: kernels.Sizes) -> int:
    """Those of the product by the recurrent kernel at every step but the first, or by its transpose."""
    return (s.steps - 1) * s.batch * s.units * 4 * s.units


class Lstm(Op):
    """x (steps, batch, features), kernel (features, 4 units), recurrent kernel (units, 4 units), perhaps a bias.

    The output is flat and laid out as the kernels have it; it begins with the hidden states.
    """

    name = "lstm"

    def infer(self, inputs: Sequence[Value], attrs: Mapping[str, Any]) -> Shape:
        return (attrs["sizes"].layout().size,)

    def multiply_adds(self, y: Value) -> int:
        s: kernels.Sizes = y.attrs["sizes"]
        return s.steps * s.batch * s.features * 4 * s.units + _recurrent_multiply_adds(s)

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
    """h of every step (steps, batch, units), or of the last (batch, units), within what Lstm made of the inputs.

    The inputs of Lstm are inputs here as well: this is where its derivative stands.
    """

    name = "lstm_hidden"
    view = True

    def infer(self, inputs: Sequence[Value], attrs: Mapping[str, Any]) -> Shape:
        s = attrs["sizes"]
        return (s.steps, s.batch, s.units) if s.every else (s.batch, s.units)

    def vjp(self, b: Builder, y: Value, g: Value) -> Sequence[Value | None]:
        packed, _, kernel, recurrent, *bias = y.inputs
        s, four = y.attrs["sizes"], 4 * y.attrs["sizes"].units
        d_gates = b.make(LSTM_GRAD, g, packed, recurrent, sizes=s)
        d_weights = b.make(LSTM_WEIGHT_GRAD, d_gates, packed, sizes=s)
        d_kernel = b.part(d_weights, 0, (s.features, four))
        d_bias = [b.part(d_weights, s.features * four, (four,))] * len(bias)
        d_recurrent = b.part(d_weights, (s.features + s.biased) * four, (s.units, four))
        return [None, b.make(LSTM_INPUT_GRAD, d_gates, kernel, sizes=s), d_kernel, d_recurrent, *d_bias]


class LstmGrad(Op):
    """The gradient of the gates' sums, flat, from that of h, Lstm's output and the recurrent kernel."""

    name = "lstm_grad"

    def infer(self, inputs: Sequence[Value], attrs: Mapping[str, Any]) -> Shape:
        return (attrs["sizes"].gate_elements(),)

    def multiply_adds(self, y: Value) -> int:
        return _recurrent_multiply_adds(y.attrs["sizes"])

    def scratch(self, y: Value, workers: int, dtype: np.dtype[Any]) -> int:
        return kernels.backward_scratch(y.attrs["sizes"], dtype)

    def instructions(self, e: Emitter, y: Value) -> list[Instruction]:
        places = [e.address(v) for v in (*y.inputs, y)]
        return e.calls(kernels.backward(y.attrs["sizes"], *places, dtype=e.dtype, scratch=e.scratch))


class LstmInputGrad(Op):
    """The gradient of x (steps, batch, features), from that of the gates' sums and the kernel."""

    name = "lstm_input_grad"

    def infer(self, inputs: Sequence[Value], attrs: Mapping[str, Any]) -> Shape:
        s = attrs["sizes"]
        return (s.steps, s.batch, s.features)

    def multiply_adds(self, y: Value) -> int:
        return y.size * 4 * int(y.attrs["sizes"].units)

    def scratch(self, y: Value, workers: int, dtype: np.dtype[Any]) -> int:
        return kernels.input_grad_scratch(y.attrs["sizes"], dtype)

    def instructions(self, e: Emitter, y: Value) -> list[Instruction]:
        places = [e.address(v) for v in (*y.inputs, y)]
        return e.calls(kernels.input_grad(y.attrs["sizes"], *places, dtype=e.dtype, scratch=e.scratch))


class LstmWeightGrad(Op):
    """The gradients of kernel, bias and recurrent kernel, one below the other, from the gates' and Lstm's output."""

    name = "lstm_weight_grad"

    def infer(self, inputs: Sequence[Value], attrs: Mapping[str, Any]) -> Shape:
        return (attrs["sizes"].weights, 4 * attrs["sizes"].units)

    def multiply_adds(self, y: Value) -> int:
        s: kernels.Sizes = y.attrs["sizes"]
        return s.steps * s.batch * s.features * 4 * s.units + _recurrent_multiply_adds(s)

    def scratch(self, y: Value, workers: int, dtype: np.dtype[Any]) -> int:
        return kernels.weight_grad_scratch(y.attrs["sizes"], workers, dtype)

    def instructions(self, e: Emitter, y: Value) -> list[Instruction]:
        places = [e.address(v) for v in (*y.inputs, y)]
        return e.calls(kernels.weight_grad(y.attrs["sizes"], *places, dtype=e.dtype, scratch=e.scratch))


LSTM, HIDDEN, LSTM_GRAD, LSTM_INPUT_GRAD, LSTM_WEIGHT_GRAD = (
    Lstm(), Hidden(), LstmGrad(), LstmInputGrad(), LstmWeightGrad(),
)  # fmt: skip
