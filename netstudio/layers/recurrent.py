"""What recurrent layers of vectors share: weights, initial states, and the walk from step to step."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar, Self

from netstudio.errors import ShapeError
from netstudio.graph.node_type import Port, WeightSpec
from netstudio.graph.params import Bool, Int
from netstudio.graph.tensor import TensorSpec
from netstudio.layers.dropout import dropout_mask
from netstudio.layers.learnt import learnt_weight
from netstudio.layers.sequence import require_sequence, step_mask
from netstudio.layers.stateful import Stateful
from netstudio.ops import Ops, Value

States = tuple[Value, ...]


class Recurrent(Stateful, abstract=True):
    """A layer that reads a sequence step by step and hands states (batch, units), zeros at first, from step to step.

    The first state is what it shows. At steps that a mask leaves out the states stay as they are. A kind tells how many
    `gates` its kernels have, the ports of its `states`, and how a `step` makes new states.
    """

    leading = ("units", "activation", "recurrent_activation")
    gates: ClassVar[int]
    inputs: ClassVar[tuple[Port, ...]] = (
        Port("in", "The sequence."),
        Port("initial_state", "What it begins with in place of zeros.", optional=True),
    )

    units = Int(minimum=1, initial=64, doc="How many output features, and how many numbers it remembers.")
    zero_output_for_mask = Bool(False, doc="Show zeros at steps that do not count, not the output of the step before.")

    def but(self, **changes: Any) -> Self:
        """The same layer with some parameters changed."""
        return type(self)(**{**self.params, **changes})

    def caption(self) -> str:
        return self.sized(self.units)

    def infer(self, x: TensorSpec, *initial: TensorSpec | None) -> TensorSpec | tuple[TensorSpec, ...]:
        require_sequence(x)
        self._check_initial(initial)
        state = TensorSpec((self.units,))
        shown = TensorSpec((x.shape[0], self.units)) if self.return_sequences else state
        return (shown, *[state] * len(self.states)) if self.return_state else shown

    def _check_initial(self, initial: Sequence[TensorSpec | None]) -> None:
        """ShapeError unless each state that it is to begin with is as wide as its own, and all are there or none."""
        given = dict(zip((port.name for port in self.inputs[1:]), initial))
        if not any(given.values()):
            return
        for port in self.inputs[1:]:
            state = given.get(port.name)
            if state is None:
                there = next(name for name, spec in given.items() if spec is not None)
                raise ShapeError(
                    f"{there} has a wire and {port.name} has none; connect a state to it too, or remove the other wire",
                    port=port.name,
                )
            if state.shape != (self.units,) or state.dtype != "float":
                raise ShapeError(
                    f"{port.name} has the shape {state.shape}; expected ({self.units},), as many numbers as units",
                    port=port.name,
                )

    def weights(self, x: TensorSpec, *initial: TensorSpec | None) -> dict[str, WeightSpec]:  # type: ignore[override]
        width = self.gates * self.units
        return {
            "kernel": learnt_weight(self, "kernel", (x.shape[-1], width)),
            "recurrent_kernel": learnt_weight(self, "recurrent", (self.units, width)),
            **self.bias_of(width),
        }

    def lower(self, ops: Ops, x: Value, *initial: Value) -> Value | States:
        x, mask = self._steps_first(ops, x), step_mask(ops)
        counts = None if mask is None else self._steps_first(ops, mask)
        _, batch, features = x.shape
        kept_inputs = dropout_mask(ops, self.dropout, (batch, features))
        kept_states = dropout_mask(ops, self.recurrent_dropout, (batch, self.units))
        shown, states = self.read(ops, x if kept_inputs is None else x * kept_inputs, kept_states, counts, initial)
        if self.return_sequences:
            shown = ops.transpose(shown, (1, 0, 2))
        return (shown, *states) if self.return_state else shown

    def _steps_first(self, ops: Ops, x: Value) -> Value:
        """(batch, steps, ...) as (steps, batch, ...), in the order in which the steps are read."""
        x = ops.transpose(x, (1, 0, *range(2, x.ndim)))
        return reverse(ops, x, 0) if self.go_backwards else x

    def read(
        self, ops: Ops, x: Value, kept: Value | None, counts: Value | None = None, initial: States = ()
    ) -> tuple[Value, States]:
        """Walk over x (steps, batch, features); `kept` (batch, units) multiplies what was shown before it is used.

        Steps where `counts` (steps, batch) is 0 are left out. It begins with the states `initial`, or with zeros.
        Gives what is shown, at every step (steps, batch, units) or at the last (batch, units) as `return_sequences`
        says, and the states after the last step. A kind may do so at once where nothing is `special`.
        """
        steps, batch, _ = x.shape
        sums = self.input_sums(ops, x)
        zero = ops.broadcast_to(ops.constant(0.0), (batch, self.units))
        states, shown = initial or (zero,) * len(self.states), [zero]
        for t in range(steps):
            at_step = ops.reshape(ops.slice(sums, 0, t, t + 1), (batch, self.gates * self.units))
            made = self.step(ops, at_step, states[0] if kept is None else states[0] * kept, states)
            if counts is None:
                states, output = made, made[0]
            else:
                there = ops.reshape(ops.slice(counts, 0, t, t + 1), (batch, 1))
                states, output = self._where(ops, there, made, states, shown[-1])
            shown.append(output)
        every = [ops.reshape(y, (1, batch, self.units)) for y in shown[1:]]
        return ops.concatenate(every, 0) if self.return_sequences else shown[-1], states

    def special(self, kept: Value | None, counts: Value | None, initial: States) -> bool:
        """Whether something is asked for that no operation does for all steps at once, such as unusual functions."""
        functions = getattr(self, "recurrent_activation", "sigmoid"), self.activation
        return functions != ("sigmoid", "tanh") or kept is not None or counts is not None or bool(initial)

    def _where(self, ops: Ops, there: Value, made: States, before: States, shown: Value) -> tuple[States, Value]:
        """The states and the output of a step that is not there in all samples."""
        output = ops.where(there, made[0], 0.0 if self.zero_output_for_mask else shown)
        return tuple(ops.where(there, new, old) for new, old in zip(made, before)), output

    def input_sums(self, ops: Ops, x: Value) -> Value:
        """What the inputs of all steps give to the gates: (steps, batch, gates · units)."""
        sums = x @ ops.weight("kernel")
        return sums + ops.weight("bias") if self.use_bias else sums

    @abstractmethod
    def step(self, ops: Ops, sums: Value, back: Value, states: States) -> States:
        """The next states, from `input_sums` at the step, from what comes `back` of what was shown, and the states."""

    def parts(self, ops: Ops, x: Value) -> list[Value]:
        """Each gate's part of x (..., gates · units)."""
        count = x.shape[-1] // self.units
        return [ops.slice(x, x.ndim - 1, n * self.units, (n + 1) * self.units) for n in range(count)]


def last_step(ops: Ops, x: Value) -> Value:
    """(steps, batch, units) at the last step."""
    steps, batch, units = x.shape
    return ops.reshape(ops.slice(x, 0, steps - 1, steps), (batch, units))


def reverse(ops: Ops, x: Value, axis: int) -> Value:
    """`x` with an axis turned round."""
    return ops.slice(x, axis, x.shape[axis] - 1, -1, -1)
