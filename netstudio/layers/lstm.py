"""LSTM: a recurrent layer with a memory."""

from __future__ import annotations

import numpy as np

from netstudio.graph.declared import Object
from netstudio.graph.node_type import WeightSpec
from netstudio.graph.params import Bool, Choice, Int
from netstudio.graph.tensor import TensorSpec
from netstudio.initializers import INITIALIZERS
from netstudio.initializers.base import Array, Initializer
from netstudio.layers.activations import NAMES, apply_activation
from netstudio.layers.base import Layer
from netstudio.layers.dropout import dropout_mask, rate_param
from netstudio.layers.kernel import constraint_param, initializer_param, regularizer_param, use_bias_param
from netstudio.layers.sequence import require_sequence
from netstudio.ops import Ops, Value


class ForgetBias(Initializer, abstract=True):
    """Starts the forget gate's quarter of a bias at 1, so that the memory is kept at first, and the `others` apart.

    R. Jozefowicz et al., "An Empirical Exploration of Recurrent Network Architectures", 2015.
    """

    others = Object(INITIALIZERS, "zeros", doc="How the biases of the other gates start.")

    def sample(self, rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
        bias = self.others.sample(rng, shape)
        units = shape[0] // 4
        bias[units : 2 * units] = 1.0
        return bias


class LSTM(Layer):
    """Reads a sequence step by step and remembers: a recurrent layer with gates (long short-term memory).

    At each step, of z = x · kernel + h · recurrent_kernel + bias, four parts i, f, g, o: the memory becomes
    c = sigmoid(f) · c + sigmoid(i) · tanh(g), the output h = sigmoid(o) · tanh(c), from h = c = 0 on. Input
    (steps, features) gives the last output (units,), or all of them (steps, units) with return_sequences. Weights:
    kernel (features, 4 units), recurrent_kernel (units, 4 units), bias (4 units,), gates in the order i, f, g, o.
    Hochreiter and Schmidhuber, "Long Short-Term Memory", 1997.
    """

    category = "recurrent"
    icon = "recurrent"
    keywords = ("rnn", "recurrent", "sequence", "time series", "memory", "gru")
    keras, torch, onnx = "LSTM", "LSTM", "LSTM"

    units = Int(minimum=1, initial=64, doc="How many output features, and how many numbers it remembers.")
    activation = Choice(NAMES, "tanh", optional=True, doc="The function of what is remembered and shown.")
    recurrent_activation = Choice(NAMES, "sigmoid", optional=True, doc="The function of the three gates.")
    use_bias = use_bias_param()
    kernel_initializer = initializer_param("kernel", "glorot_uniform")
    recurrent_initializer = initializer_param("recurrent kernel", "orthogonal")
    bias_initializer = initializer_param("bias", "zeros")
    unit_forget_bias = Bool(True, doc="Start the bias of the forget gate at 1.")
    kernel_regularizer = regularizer_param("kernel")
    recurrent_regularizer = regularizer_param("recurrent kernel")
    bias_regularizer = regularizer_param("bias")
    kernel_constraint = constraint_param("kernel")
    recurrent_constraint = constraint_param("recurrent kernel")
    bias_constraint = constraint_param("bias")
    dropout = rate_param("the input's features, the same at all steps,")
    recurrent_dropout = rate_param("what comes back from the step before, the same at all steps,")
    return_sequences = Bool(False, doc="Give the output of every step, not of the last alone.")
    go_backwards = Bool(False, doc="Read the sequence from its end; the outputs then stand in that order.")

    def caption(self) -> str:
        return f"{self.units} · sequences" if self.return_sequences else f"{self.units}"

    def infer(self, x: TensorSpec) -> TensorSpec:
        require_sequence(x)
        return TensorSpec((x.shape[0], self.units) if self.return_sequences else (self.units,))

    def weights(self, x: TensorSpec) -> dict[str, WeightSpec]:  # type: ignore[override]
        four = 4 * self.units
        own = self.kernel_initializer, True, self.kernel_regularizer, self.kernel_constraint
        recurrent = self.recurrent_initializer, True, self.recurrent_regularizer, self.recurrent_constraint
        weights = {
            "kernel": WeightSpec((x.shape[-1], four), *own),
            "recurrent_kernel": WeightSpec((self.units, four), *recurrent),
        }
        if self.use_bias:
            start = ForgetBias(others=self.bias_initializer) if self.unit_forget_bias else self.bias_initializer
            weights["bias"] = WeightSpec((four,), start, True, self.bias_regularizer, self.bias_constraint)
        return weights

    def lower(self, ops: Ops, x: Value) -> Value:
        x = ops.transpose(x, (1, 0, 2))  # the steps first
        steps, batch, features = x.shape
        if self.go_backwards:
            x = ops.concatenate([ops.slice(x, 0, t, t + 1) for t in reversed(range(steps))], 0)
        kept_inputs = dropout_mask(ops, self.dropout, (batch, features))
        kept_states = dropout_mask(ops, self.recurrent_dropout, (batch, self.units))
        if kept_inputs is not None:
            x = x * kept_inputs
        if (self.activation, self.recurrent_activation) == ("tanh", "sigmoid") and kept_states is None:
            bias = ops.weight("bias") if self.use_bias else None
            h = ops.lstm(x, ops.weight("kernel"), ops.weight("recurrent_kernel"), bias, self.return_sequences)
        else:
            h = self._step_by_step(ops, x, kept_states)
        return ops.transpose(h, (1, 0, 2)) if self.return_sequences else h

    def _step_by_step(self, ops: Ops, x: Value, kept: Value | None) -> Value:
        """For any functions, and states multiplied by a mask (batch, units) before they are used again."""
        steps, batch, _ = x.shape
        sums = x @ ops.weight("kernel")
        if self.use_bias:
            sums = sums + ops.weight("bias")
        h: Value | None = None
        c: Value | None = None
        shown: list[Value] = []
        for t in range(steps):
            z = ops.reshape(ops.slice(sums, 0, t, t + 1), (batch, 4 * self.units))
            if h is not None:
                z = z + (h if kept is None else h * kept) @ ops.weight("recurrent_kernel")
            h, c = self._cell(ops, z, c)
            shown.append(ops.reshape(h, (1, batch, self.units)))
        assert h is not None
        return ops.concatenate(shown, 0) if self.return_sequences else h

    def _cell(self, ops: Ops, z: Value, before: Value | None) -> tuple[Value, Value]:
        """h and c of a step, from the sums of the gates and the c before."""
        parts = [ops.slice(z, 1, n * self.units, (n + 1) * self.units) for n in range(4)]
        i, f, o = (apply_activation(self.recurrent_activation, ops, parts[n]) for n in (0, 1, 3))
        c = i * apply_activation(self.activation, ops, parts[2])
        if before is not None:
            c = c + f * before
        return o * apply_activation(self.activation, ops, c), c
