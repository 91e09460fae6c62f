"""SimpleRNN: a layer that reads what it showed a step before."""

from __future__ import annotations

from netstudio.layers.activations import apply_activation
from netstudio.layers.recurrent import Recurrent, States, last_step
from netstudio.ops import Ops, Value


class SimpleRNN(Recurrent):
    """Reads a sequence step by step, and at each step what it showed at the one before.

    h = tanh(x · kernel + h · recurrent_kernel + bias), from h = 0 on. Input (steps, features) gives the last h
    (units,), or every one (steps, units) with return_sequences. Steps that a mask leaves out change no state. Weights:
    kernel (features, units), recurrent_kernel (units, units), bias (units,). Over long sequences its gradients vanish:
    LSTM and GRU remember longer. Elman, "Finding Structure in Time", Cognitive Science 14 (1990).
    """

    keywords = ("rnn", "recurrent", "elman", "vanilla", "sequence", "time series")
    keras, torch, onnx = "SimpleRNN", "RNN", "RNN"
    gates = 1

    def read(
        self, ops: Ops, x: Value, kept: Value | None, counts: Value | None = None, initial: States = ()
    ) -> tuple[Value, States]:
        if self.special(kept, counts, initial):
            return super().read(ops, x, kept, counts, initial)
        bias = ops.weight("bias") if self.use_bias else None
        shown = ops.simple_rnn(x, ops.weight("kernel"), ops.weight("recurrent_kernel"), bias, self.return_sequences)
        return shown, (last_step(ops, shown) if self.return_sequences else shown,)

    def step(self, ops: Ops, sums: Value, back: Value, states: States) -> States:
        return (apply_activation(self.activation, ops, sums + back @ ops.weight("recurrent_kernel")),)
