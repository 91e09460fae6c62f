"""Recurrent layers as ONNX's own: the gates in another order, each kernel transposed, two biases in place of one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from netstudio.exports.onnx.tensors import Const, Ref, whole
from netstudio.exports.onnx.values import Values
from netstudio.exports.program import Samples, Step


class Cell(NamedTuple):
    """An ONNX operator: which of the engine's gates are its own for the input, and which for the state.

    The input's bias and the state's are of the same gates. What is in both counts once: `shared` are the operator's
    gates whose bias the engine adds once, so that the state's is 0.
    """

    op: str
    of_input: tuple[int, ...]
    of_state: tuple[int, ...]
    shared: tuple[bool, ...]
    attrs: dict[str, Any]


# The engine's gates: i, f, candidate, o of an LSTM; of a GRU what x gives the new state, z, r, what h gives it.
CELLS = {
    "lstm": Cell("LSTM", (0, 3, 1, 2), (0, 3, 1, 2), (True,) * 4, {}),
    "gru": Cell("GRU", (1, 2, 0), (1, 2, 3), (True, True, False), {"linear_before_reset": 1}),
    "simple": Cell("RNN", (0,), (0,), (True,), {}),
}


def recurrence_hidden(v: Values, s: Step) -> None:
    """x (steps, samples, features) to h of every step, or of the last."""
    cell, every = CELLS[s.attrs["kind"]], s.attrs["every"]
    x, kernel, recurrent, *bias = s.inputs
    units = v.program[recurrent].shape[0]
    assert not isinstance(units, Samples)
    inputs: list[Ref] = [
        v.get(x), _kernel(v, v.get(kernel), cell.of_input, units), _kernel(v, v.get(recurrent), cell.of_state, units)
    ]  # fmt: skip
    inputs += [_bias(v, v.get(n), cell, units) for n in bias]
    made = v.add(cell.op, *inputs, position=0 if every else 1, hidden_size=units, **cell.attrs)
    v.put(s, v.add("Squeeze", made, whole([1 if every else 0])))


def _kernel(v: Values, kernel: Ref, gates: Sequence[int], units: int) -> Ref:
    """(features, gates · units) to (1, gates · units, features)."""
    return v.add("Unsqueeze", v.transposed(_gates(v, kernel, gates, units), (1, 0)), whole([0]))


def _bias(v: Values, bias: Ref, cell: Cell, units: int) -> Ref:
    """(gates · units) to (1, 2 · gates · units): the input's, then what the engine adds to the state's part alone."""
    parts: list[Ref] = [
        Const(np.zeros(units, np.float32)) if shared else _gates(v, bias, (gate,), units)
        for gate, shared in zip(cell.of_state, cell.shared, strict=True)
    ]
    return v.add("Unsqueeze", v.add("Concat", _gates(v, bias, cell.of_input, units), *parts, axis=0), whole([0]))


def _gates(v: Values, weight: Ref, gates: Sequence[int], units: int) -> Ref:
    """The columns of those gates."""
    columns = np.concatenate([np.arange(units) + gate * units for gate in gates])
    return v.add("Gather", weight, whole(columns.tolist()), axis=-1)
