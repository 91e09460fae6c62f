"""The LSTM: all steps are one operation, whose output holds what the backward pass needs beside what is asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from netstudio.engine.ir import Builder, Op, Shape, Value
from netstudio.engine.kernels import lstm as kernels

if TYPE_CHECKING:
    from netstudio.engine.emit import Emitter, Instruction


def build(b: Builder, x: Value, kernel: Value, recurrent: Value, bias: Value | None, every: bool) -> Value:
    """The hidden states of all steps, or the last."""
    inputs = (x, kernel, recurrent) if bias is None else (x, kernel, recurrent, bias)
    s = _sizes(x, recurrent)
    offset = 0 if every else (s.steps - 1) * s.hidden
    return b.make(HIDDEN, b.make(LSTM, *inputs), *inputs, every=every, offset=offset)


def _sizes(x: Value, recurrent: Value) -> kernels.Sizes:
    steps, batch, features = x.shape
    return kernels.Sizes(steps, batch, features, recurrent.shape[0])


def _recurrent_multiply_adds(s: kernels.Sizes) -> int:
    """Those of the product by the recurrent kernel at every step but the first, or by its transpose."""
    return (s.steps - 1) * s.batch * s.units * 4 * s.units


class Lstm(Op):
    """x (steps, batch, features), kernel (features, 4 units), recurrent kernel (units, 4 units), perhaps a bias.

    The output is flat: h, c and the gates of all steps.
    """

    name = "lstm"

    def infer(self, inputs: Sequence[Value], attrs: Mapping[str, Any]) -> Shape:
        x, kernel, recurrent, *bias = (v.shape for v in inputs)
        four = recurrent[1]
        if len(x) != 3 or kernel != (x[2], four) or recurrent != (four // 4, four) or any(v != (four,) for v in bias):
            raise ValueError(f"lstm: x {x}, kernel {kernel}, recurrent kernel {recurrent}, bias {bias} do not fit")
        return (_sizes(inputs[0], inputs[2]).output,)

    def multiply_adds(self, y: Value) -> int:
        x, kernel, recurrent = y.inputs[:3]
        s = _sizes(x, recurrent)
        return s.steps * s.batch * kernel.size + _recurrent_multiply_adds(s)

    def scratch(self, y: Value, workers: int, dtype: np.dtype[Any]) -> int:
        return kernels.forward_scratch(_sizes(y.inputs[0], y.inputs[2]), workers, dtype)

    def instructions(self, e: Emitter, y: Value) -> list[Instruction]:
        x, kernel, recurrent, *bias = y.inputs
        return e.calls(
            kernels.forward(
                _sizes(x, recurrent), e.address(x), e.address(kernel), e.address(recurrent),
                e.address(bias[0]) if bias else 0, e.address(y), dtype=e.dtype, scratch=e.scratch, workers=e.workers,
            )
        )  # fmt: skip


class Hidden(Op):
    """h of `every` step (steps, batch, units), or of the last (batch, units), within what Lstm made of the inputs.

    The inputs of Lstm are inputs here as well: this is where its derivative stands.
    """

    name = "lstm_hidden"
    view = True

    def infer(self, inputs: Sequence[Value], attrs: Mapping[str, Any]) -> Shape:
        s = _sizes(inputs[1], inputs[3])
        return (s.steps, s.batch, s.units) if attrs["every"] else (s.batch, s.units)

    def vjp(self, b: Builder, y: Value, g: Value) -> Sequence[Value | None]:
        packed, x, kernel, recurrent, *bias = y.inputs
        s = _sizes(x, recurrent)
        d_gates = b.make(LSTM_GRAD, g, packed, x, recurrent, every=y.attrs["every"])
        rows, four = s.steps * s.batch, 4 * s.units
        sums = b.reshape(d_gates, (rows, four))
        d_kernel = b.matmul(b.reshape(x, (rows, s.features)), sums, transpose_a=True)
        d_bias = [b.sum(sums, 0)] * len(bias)
        return [None, b.matmul(d_gates, kernel, transpose_b=True), d_kernel, _d_recurrent(b, s, packed, sums), *d_bias]


def _d_recurrent(b: Builder, s: kernels.Sizes, packed: Value, sums: Value) -> Value:
    """The sum over all steps but the first of h of the step before, transposed, times the gradient of the gates."""
    four, rows = 4 * s.units, (s.steps - 1) * s.batch
    if rows == 0:
        return b.broadcast_to(b.constant(0.0), (s.units, four))
    before, after = b.part(packed, 0, (rows, s.units)), b.part(sums, s.batch * four, (rows, four))
    return b.matmul(before, after, transpose_a=True)


class LstmGrad(Op):
    """The gradient of the gates' sums (steps, batch, 4 units), from that of h, Lstm's output, x and the kernel."""

    name = "lstm_grad"

    def infer(self, inputs: Sequence[Value], attrs: Mapping[str, Any]) -> Shape:
        s = _sizes(inputs[2], inputs[3])
        return (s.steps, s.batch, 4 * s.units)

    def multiply_adds(self, y: Value) -> int:
        return _recurrent_multiply_adds(_sizes(y.inputs[2], y.inputs[3]))

    def scratch(self, y: Value, workers: int, dtype: np.dtype[Any]) -> int:
        return kernels.backward_scratch(_sizes(y.inputs[2], y.inputs[3]), workers, dtype)

    def instructions(self, e: Emitter, y: Value) -> list[Instruction]:
        g, packed, x, recurrent = y.inputs
        return e.calls(
            kernels.backward(
                _sizes(x, recurrent), e.address(g), y.attrs["every"], e.address(packed), e.address(recurrent),
                e.address(y), dtype=e.dtype, scratch=e.scratch, workers=e.workers,
            )
        )  # fmt: skip


LSTM, HIDDEN, LSTM_GRAD = Lstm(), Hidden(), LstmGrad()
