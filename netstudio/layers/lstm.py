"""LSTM: a recurrent layer with a memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from netstudio.graph.declared import Object
from netstudio.graph.node_type import Port, WeightSpec
from netstudio.graph.params import Bool
from netstudio.initializers import INITIALIZERS
from netstudio.initializers.base import Array, Initializer
from netstudio.layers.activations import apply_activation
from netstudio.layers.recurrent import Recurrent, States
from netstudio.layers.stateful import gate_param
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


STATES = (Port("state_h", "What was shown at the last step."), Port("state_c", "The memory after the last step."))


def forget_bias_param() -> Bool:
    return Bool(True, doc="Start the bias of the forget gate at 1.")


def remembering(biases: Mapping[str, WeightSpec]) -> dict[str, WeightSpec]:
    """The biases with the forget gate's started at 1."""
    return {k: replace(b, initializer=ForgetBias(others=b.initializer)) for k, b in biases.items()}


class LSTM(Recurrent):
    """Reads a sequence step by step and remembers: a recurrent layer with gates (long short-term memory).

    At each step, of z = x · kernel + h · recurrent_kernel + bias, four parts i, f, g, o: the memory becomes c =
    sigmoid(f) · c + sigmoid(i) · tanh(g), the output h = sigmoid(o) · tanh(c), from h = c = 0 on. Input (steps,
    features) gives the last output (units,), or all of them (steps, units) with return_sequences. Steps that a mask
    leaves out change no state. Weights: kernel (features, 4 units), recurrent_kernel (units, 4 units), bias (4 units,),
    gates in the order i, f, g, o. Hochreiter and Schmidhuber, "Long Short-Term Memory", 1997.
    """

    keywords = ("rnn", "recurrent", "sequence", "time series", "memory", "gru")
    keras, torch, onnx = "LSTM", "LSTM", "LSTM"
    gates = 4
    states = STATES
    inputs = (
        Port("in", "The sequence."),
        Port("initial_state_h", "What it begins with as shown before, in place of zeros.", optional=True),
        Port("initial_state_c", "The memory that it begins with, in place of zeros.", optional=True),
    )

    recurrent_activation = gate_param("three")
    unit_forget_bias = forget_bias_param()

    def bias_of(self, outputs: int) -> dict[str, WeightSpec]:
        biases = super().bias_of(outputs)
        return remembering(biases) if self.unit_forget_bias else biases

    def read(
        self, ops: Ops, x: Value, kept: Value | None, counts: Value | None = None, initial: States = ()
    ) -> tuple[Value, States]:
        if self.special(kept, counts, initial) or self.return_state:
            return super().read(ops, x, kept, counts, initial)
        bias = ops.weight("bias") if self.use_bias else None
        return ops.lstm(x, ops.weight("kernel"), ops.weight("recurrent_kernel"), bias, self.return_sequences), ()

    def step(self, ops: Ops, sums: Value, back: Value, states: States) -> States:
        z = self.parts(ops, sums + back @ ops.weight("recurrent_kernel"))
        i, f, o = (apply_activation(self.recurrent_activation, ops, z[n]) for n in (0, 1, 3))
        c = f * states[1] + i * apply_activation(self.activation, ops, z[2])
        return o * apply_activation(self.activation, ops, c), c
