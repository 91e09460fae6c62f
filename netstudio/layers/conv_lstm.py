"""The base of LSTMs whose products are convolutions."""

from __future__ import annotations

from typing import ClassVar

from netstudio.errors import ShapeError
from netstudio.graph.node_type import WeightSpec
from netstudio.graph.tensor import TensorSpec
from netstudio.layers.activations import apply_activation
from netstudio.layers.base import require_float
from netstudio.layers.convolve import convolve
from netstudio.layers.dropout import dropout_mask
from netstudio.layers.learnt import learnt_weight
from netstudio.layers.lstm import STATES, forget_bias_param, remembering
from netstudio.layers.recurrent import reverse
from netstudio.layers.sequence import step_mask
from netstudio.layers.sliding import filters_param
from netstudio.layers.stateful import Stateful, gate_param
from netstudio.layers.window import (
    Window,
    dilation_param,
    kernel_size_param,
    padding_param,
    refuse_strides_with_dilation,
    strides_param,
)
from netstudio.ops import Ops, Value

States = tuple[Value, Value]


class ConvLSTM(Stateful, abstract=True):
    """The parameters of a convolutional LSTM, and its walk from step to step; h and c are (batch, *places, filters)."""

    leading = ("filters", "kernel_size", "strides", "padding", "dilation_rate", "activation", "recurrent_activation")
    rank: ClassVar[int]
    states = STATES

    filters = filters_param()
    kernel_size = kernel_size_param(2)
    strides = strides_param(2)
    padding = padding_param()
    dilation_rate = dilation_param(2)
    recurrent_activation = gate_param("three")
    unit_forget_bias = forget_bias_param()

    def caption(self) -> str:
        return self.sized(self.filters)

    @property
    def window(self) -> Window:
        return Window(self.kernel_size, self.strides, self.dilation_rate, self.padding)

    def infer(self, x: TensorSpec) -> TensorSpec | tuple[TensorSpec, ...]:
        require_float(x)
        if len(x.shape) != self.rank + 2:
            axes = ("steps", *("places",) * self.rank, "channels")
            raise ShapeError(f"the input has the shape {x.shape}; expected ({', '.join(axes)})")
        refuse_strides_with_dilation(self.strides, self.dilation_rate)
        state = TensorSpec((*self.window.over(TensorSpec(x.shape[1:])), self.filters))
        shown = TensorSpec((x.shape[0], *state.shape)) if self.return_sequences else state
        return (shown, state, state) if self.return_state else shown

    def weights(self, x: TensorSpec) -> dict[str, WeightSpec]:  # type: ignore[override]
        width = 4 * self.filters
        biases = self.bias_of(width)
        return {
            "kernel": learnt_weight(self, "kernel", (*self.kernel_size, x.shape[-1], width)),
            "recurrent_kernel": learnt_weight(self, "recurrent", (*self.kernel_size, self.filters, width)),
            **(remembering(biases) if self.unit_forget_bias else biases),
        }

    def lower(self, ops: Ops, x: Value) -> Value | tuple[Value, ...]:
        mask = step_mask(ops)
        if self.go_backwards:
            x, mask = reverse(ops, x, 1), None if mask is None else reverse(ops, mask, 1)
        sums = self._input_sums(ops, x)
        batch, steps, *state, _ = sums.shape
        zero = ops.broadcast_to(ops.constant(0.0), (batch, *state, self.filters))
        kept = dropout_mask(ops, self.recurrent_dropout, zero.shape)
        states, shown = (zero, zero), [zero]
        for t in range(steps):
            at_step = ops.reshape(ops.slice(sums, 1, t, t + 1), (batch, *state, 4 * self.filters))
            made = self._step(ops, at_step, states[0] if kept is None else states[0] * kept, states[1])
            if mask is not None:
                there = ops.reshape(ops.slice(mask, 1, t, t + 1), (batch, *(1,) * (zero.ndim - 1)))
                made = ops.where(there, made[0], states[0]), ops.where(there, made[1], states[1])
            states = made
            shown.append(states[0])
        every = [ops.reshape(y, (batch, 1, *y.shape[1:])) for y in shown[1:]]
        output = ops.concatenate(every, 1) if self.return_sequences else states[0]
        return (output, *states) if self.return_state else output

    def _input_sums(self, ops: Ops, x: Value) -> Value:
        """What the inputs of all steps give to the gates, (batch, steps, *places, 4 · filters)."""
        batch, steps, *rest = x.shape
        kept = dropout_mask(ops, self.dropout, (batch, 1, *rest))
        images = ops.reshape(x if kept is None else x * kept, (batch * steps, *rest))
        sums = convolve(ops, images, ops.weight("kernel"), self.window)
        sums = sums + ops.weight("bias") if self.use_bias else sums
        return ops.reshape(sums, (batch, steps, *sums.shape[1:]))

    def _step(self, ops: Ops, sums: Value, back: Value, memory: Value) -> States:
        ones = (1,) * self.rank
        around = Window(self.kernel_size, ones, ones, "same")
        total = sums + convolve(ops, back, ops.weight("recurrent_kernel"), around)
        z = [ops.slice(total, total.ndim - 1, n * self.filters, (n + 1) * self.filters) for n in range(4)]
        i, f, o = (apply_activation(self.recurrent_activation, ops, z[n]) for n in (0, 1, 3))
        c = f * memory + i * apply_activation(self.activation, ops, z[2])
        return o * apply_activation(self.activation, ops, c), c
