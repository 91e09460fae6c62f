"""GRU: a recurrent layer that keeps a share of what it showed."""

from __future__ import annotations

from dataclasses import replace

from netstudio.graph.node_type import WeightSpec
from netstudio.graph.params import Bool
from netstudio.layers.activations import apply_activation
from netstudio.layers.recurrent import Recurrent, States, last_step
from netstudio.layers.stateful import gate_param
from netstudio.ops import Ops, Value


class GRU(Recurrent):
    """Reads a sequence step by step and chooses what to keep: a recurrent layer with two gates.

    At each step z = sigmoid(x · Kz + h · Rz + bz) and r likewise; the new n = tanh(x · Kn + r · (h · Rn + cn) + bn), or
    with reset_after false n = tanh(x · Kn + (r · h) · Rn + bn); then h = z · h + (1 - z) · n, from h = 0 on. Input
    (steps, features) gives the last h (units,), or every one (steps, units) with return_sequences. Steps that a mask
    leaves out change no state. Weights: kernel (features, 3 units) and recurrent_kernel (units, 3 units), gates in the
    order z, r, n; bias (2, 3 units), of the inputs and of what comes back, or (3 units,) with reset_after false. Cho et
    al., "Learning Phrase Representations using RNN Encoder-Decoder", 2014.
    """

    keywords = ("rnn", "recurrent", "gated recurrent unit", "sequence", "time series", "memory")
    keras, torch, onnx = "GRU", "GRU", "GRU"
    gates = 3

    recurrent_activation = gate_param("two")
    reset_after = Bool(True, doc="Reset what comes back after its product, which PyTorch does too, not before it.")

    def bias_of(self, outputs: int) -> dict[str, WeightSpec]:
        biases = super().bias_of(outputs)
        return {k: replace(b, shape=(2, outputs)) for k, b in biases.items()} if self.reset_after else biases

    def input_sums(self, ops: Ops, x: Value) -> Value:
        if not (self.use_bias and self.reset_after):
            return super().input_sums(ops, x)
        return x @ ops.weight("kernel") + self._bias(ops, 0)

    def read(
        self, ops: Ops, x: Value, kept: Value | None, counts: Value | None = None, initial: States = ()
    ) -> tuple[Value, States]:
        if self.special(kept, counts, initial) or not self.reset_after:
            return super().read(ops, x, kept, counts, initial)
        bias = ops.weight("bias") if self.use_bias else None
        shown = ops.gru(x, ops.weight("kernel"), ops.weight("recurrent_kernel"), bias, self.return_sequences)
        return shown, (last_step(ops, shown) if self.return_sequences else shown,)

    def step(self, ops: Ops, sums: Value, back: Value, states: States) -> States:
        for_z, for_r, for_new = self.parts(ops, sums)
        recurrent = ops.weight("recurrent_kernel")
        if self.reset_after:
            sums_back = back @ recurrent
            if self.use_bias:
                sums_back = sums_back + self._bias(ops, 1)
            z_back, r_back, new_back = self.parts(ops, sums_back)
            reset = self._gate(ops, for_r + r_back) * new_back
        else:
            two = 2 * self.units
            z_back, r_back = self.parts(ops, back @ ops.slice(recurrent, 1, 0, two))
            reset = (self._gate(ops, for_r + r_back) * back) @ ops.slice(recurrent, 1, two, two + self.units)
        z = self._gate(ops, for_z + z_back)
        new = apply_activation(self.activation, ops, for_new + reset)
        return (z * states[0] + (1.0 - z) * new,)

    def _gate(self, ops: Ops, x: Value) -> Value:
        return apply_activation(self.recurrent_activation, ops, x)

    def _bias(self, ops: Ops, row: int) -> Value:
        """The bias of the inputs (0), or of what comes back (1)."""
        return ops.reshape(ops.slice(ops.weight("bias"), 0, row, row + 1), (3 * self.units,))
