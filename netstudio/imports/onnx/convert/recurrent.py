"""Layers that read step by step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from netstudio.graph import Endpoint
from netstudio.imports.onnx.build import UnsupportedError
from netstudio.imports.onnx.importing import Importing, Value, converts
from netstudio.imports.onnx.reading import Array, Op
from netstudio.imports.onnx.tensors import BATCH, Tensor

WAYS = ("forward", "backward")


@dataclass(frozen=True)
class Kind:
    """A layer of ours: `order` takes our gates from those of the file, `functions` are those that ONNX takes itself."""

    type: str
    order: tuple[int, ...]
    functions: tuple[str, ...]


KINDS = {
    "LSTM": Kind("LSTM", (0, 2, 3, 1), ("sigmoid", "tanh", "tanh")),  # i, o, f, c there; i, f, c, o here
    "GRU": Kind("GRU", (0, 1, 2), ("sigmoid", "tanh")),  # z, r, h in both
    "RNN": Kind("SimpleRNN", (0,), ("tanh",)),
}


@converts("LSTM", "GRU", "RNN")
def recurrent(to: Importing, op: Op) -> Sequence[Value | None]:
    kind = KINDS[op.type]
    _refuse(to, op)
    x, steps_first = to.tensor(op), not op.attributes.get("layout", 0)
    x = x if not steps_first else x.transposed((1, 0, 2))
    x = to.builder.by_axes(x, (0, 1, 2))
    ways = 2 if op.attributes.get("direction", "forward") == "bidirectional" else 1
    units = int(op.attributes.get("hidden_size", to.constant(op, 2, "recurrent kernel").shape[-1]))
    params, weights = _layer_params(op, kind, ways), [_weights(to, op, kind, way, units) for way in range(ways)]
    every, states = to.used(op, 0), any(to.used(op, n) for n in (1, 2))
    params = {"units": units, **params}
    params |= {"use_bias": False} if not to.has(op, 3) else {}
    params |= {"return_sequences": True} if every else {}
    needs_state = to.used(op, 2) or (every and states)
    params |= {"return_state": True} if needs_state else {}
    if ways == 2:
        return _both_ways(to, op, kind, x, params, weights, needs_state)
    return _one_way(to, op, kind, x, params, weights[0], needs_state)


def _refuse(to: Importing, op: Op) -> None:
    if to.has(op, 4):
        lengths = to.values[op.inputs[4]]
        steps = to.tensor(op).shape[1 if op.attributes.get("layout", 0) else 0]
        if isinstance(lengths, Tensor) or (np.asarray(lengths) != steps).any():
            raise UnsupportedError("its sequences are of different lengths (sequence_lens); export it without them")
    if to.has(op, 7):
        raise UnsupportedError("it has peepholes (P), which no layer here has")
    if op.attributes.get("clip") or op.attributes.get("input_forget"):
        raise UnsupportedError("it clips its cells or couples its gates (clip, input_forget), which no layer here does")


def _layer_params(op: Op, kind: Kind, ways: int) -> dict[str, Any]:
    given = [str(name).lower() for name in op.attributes.get("activations") or kind.functions * ways]
    names = {
        "hardsigmoid": "hard_sigmoid",
        "relu": "relu",
        "tanh": "tanh",
        "sigmoid": "sigmoid",
        "softsign": "softsign",
    }
    count = len(kind.functions)
    own = [names.get(name) for name in given[:count]]
    if None in own or given[:count] * ways != given or (count == 3 and own[1] != own[2]):
        raise UnsupportedError(
            f"its functions are {', '.join(given)}; layers here take one for the gates and one for the rest"
        )
    params: dict[str, Any] = {}
    if count > 1 and own[0] != "sigmoid":
        params["recurrent_activation"] = own[0]
    if own[min(count - 1, 1)] != "tanh":
        params["activation"] = own[min(count - 1, 1)]
    if op.type == "GRU" and not op.attributes.get("linear_before_reset", 0):
        params["reset_after"] = False
    if op.attributes.get("direction", "forward") == "reverse":
        params["go_backwards"] = True
    return params


def _weights(to: Importing, op: Op, kind: Kind, way: int, units: int) -> dict[str, Array]:
    """The weights of one way in our layout: (in, gates · units), gates in our order."""

    def gates(array: Array) -> Array:
        parts = np.split(array, len(kind.order))
        return np.concatenate([parts[n] for n in kind.order])

    kernel, recurrent = to.constant(op, 1, "kernel")[way], to.constant(op, 2, "recurrent kernel")[way]
    if recurrent.shape != (len(kind.order) * units, units):
        raise UnsupportedError(
            f"its recurrent kernel has the shape {recurrent.shape}; expected {(len(kind.order) * units, units)}"
        )
    found = {"kernel": gates(kernel).T, "recurrent_kernel": gates(recurrent).T}
    bias = to.optional(op, 3, "bias")
    if bias is not None:
        own, back = (gates(half) for half in np.split(bias[way], 2))
        apart = op.type == "GRU" and op.attributes.get("linear_before_reset", 0)
        found["bias"] = np.stack([own, back]) if apart else own + back
    return found


def _initial(to: Importing, op: Op) -> list[Tensor | None]:
    """What it begins with: None for zeros."""
    found: list[Tensor | None] = []
    for number in (5, 6) if op.type == "LSTM" else (5,):
        value = to.values[op.inputs[number]] if to.has(op, number) else None
        if value is not None and not isinstance(value, Tensor):
            if np.asarray(value).any():
                raise UnsupportedError("it begins with a constant other than zeros; expected zeros or what is computed")
            value = None
        found.append(value)
    if any(found) and not all(found):
        raise UnsupportedError("one of its first states is computed and the other constant; expected both computed")
    return found


def _one_way(
    to: Importing, op: Op, kind: Kind, x: Tensor, params: Mapping[str, Any], weights: Mapping[str, Array], states: bool
) -> Sequence[Value | None]:
    wires = [("in", x.at)]
    first = [value for value in _initial(to, op) if value is not None]
    ports = ("initial_state_h", "initial_state_c") if op.type == "LSTM" else ("initial_state",)
    batch = 0 if op.attributes.get("layout", 0) else 1
    for port, value in zip(ports, first):
        order = (batch, 1 - batch, 2)
        rows = to.builder.arranged(value, ((0,), tuple(a for n in order[1:] for a in value.axes[n])))
        wires.append((port, rows.at))
    made = to.builder.add(kind.type, wires, params, weights, op, to.names_of(op, 1, 2, 3))
    shown, *rest = [at for at, _ in made]
    sizes = (BATCH, *to.builder.specs[shown].shape)
    every = params.get("return_sequences", False)
    y: Tensor | None = None
    if every:
        y = Tensor(shown, sizes, ((0,), (1,), (2,)), _y_axes(op, (1,), (), (2,)))
        if params.get("go_backwards"):
            [(turned, _)] = to.builder.add("Slice", [("in", shown)], {"axis": 1, "step": -1})
            y = replace(y, at=turned)
    h = rest[0] if states else shown
    last = [_state(op, at, params["units"]) for at in (h, *rest[1:])]
    return [y, None if every and not states else last[0], last[1] if len(last) > 1 else None][: max(len(op.outputs), 1)]


def _y_axes(op: Op, steps: tuple[int, ...], ways: tuple[int, ...], units: tuple[int, ...]) -> Any:
    """All outputs: (steps, ways, N, units), or (N, steps, ways, units) with the layout 1."""
    return ((0,), steps, ways, units) if op.attributes.get("layout", 0) else (steps, ways, (0,), units)


def _state(op: Op, at: Endpoint, units: int) -> Tensor:
    axes = ((0,), (), (1,)) if op.attributes.get("layout", 0) else ((), (0,), (1,))
    return Tensor(at, (BATCH, units), ((0,), (1,)), axes)


def _both_ways(
    to: Importing,
    op: Op,
    kind: Kind,
    x: Tensor,
    params: Mapping[str, Any],
    weights: Sequence[Mapping[str, Array]],
    states: bool,
) -> Sequence[Value | None]:
    if any(_initial(to, op)):
        raise UnsupportedError("it reads from both ends and begins with computed states, which is not imported")
    if states:
        raise UnsupportedError(
            "it reads from both ends, and both its outputs and its last states are used (or those of the memory); use "
            "one of them"
        )
    units, every = params["units"], params.get("return_sequences", False)
    held = {f"{way}_layer/{name}": a for way, each in zip(WAYS, weights) for name, a in each.items()}
    outer = {"layer": {"type": kind.type, "params": dict(params)}}
    at, _ = to.layer(op, "Bidirectional", x, outer, held, to.names_of(op, 1, 2, 3))
    if every:
        sizes = (BATCH, x.sample[0], 2, units)
        return [Tensor(at, sizes, ((0,), (1,), (2, 3)), _y_axes(op, (1,), (2,), (3,))), None, None][: len(op.outputs)]
    layout = ((0,), (1,), (2,)) if op.attributes.get("layout", 0) else ((1,), (0,), (2,))
    return [None, Tensor(at, (BATCH, 2, units), ((0,), (1, 2)), layout), None][: len(op.outputs)]
