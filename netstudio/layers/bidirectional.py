"""Bidirectional: a recurrent layer that reads from both ends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from netstudio.errors import ParamError, ShapeError
from netstudio.graph.declared import Family, Object
from netstudio.graph.node_type import Port, WeightSpec
from netstudio.graph.params import Choice
from netstudio.graph.tensor import TensorSpec
from netstudio.layers.base import Layer
from netstudio.layers.gru import GRU
from netstudio.layers.lstm import LSTM
from netstudio.layers.recurrent import Recurrent, reverse
from netstudio.layers.simple_rnn import SimpleRNN
from netstudio.layers.wrapping import ops_of, weights_of
from netstudio.ops import Ops, Value

RECURRENT: Family[Recurrent] = Family("recurrent layer", [LSTM, GRU, SimpleRNN])
WAYS = ("forward", "backward")
ALIKE = ("units", "return_sequences", "return_state")


class Bidirectional(Layer):
    """Reads a sequence from its start and from its end, with weights for each way, and merges what is shown.

    Input (steps, features) gives f merged with b: the concatenation (..., 2 units), or the sum, the product or the
    average (..., units); without a merge mode f and b come out apart. With return_sequences of the layer, b is turned
    round first, so that both tell of the same step. Weights: those of the layer under forward_layer and under
    backward_layer. Schuster and Paliwal, "Bidirectional Recurrent Neural Networks", 1997.
    """

    category = "recurrent"
    icon = "recurrent"
    uses_mask = True
    keywords = ("bilstm", "bigru", "both directions", "backward", "rnn", "wrapper")
    keras = "Bidirectional"
    without = {
        "torch": "it is the parameter bidirectional of the recurrent layers there",
        "onnx": "it is the attribute direction of the recurrent operators there",
    }

    layer = Object(
        RECURRENT,
        initial={"type": "LSTM", "params": {"units": 64}},
        doc="The layer that reads from the start, and its parameters; a copy of it reads from the end.",
    )
    merge_mode = Choice(
        ("concat", "sum", "mul", "ave"), "concat", optional=True, doc="How the two outputs are merged; none does not."
    )
    backward_layer = Object(RECURRENT, None, doc="Another layer that reads from the end, with go_backwards set.")

    def __init__(self, /, **params: Any) -> None:
        super().__init__(**params)
        self._check_ways()
        self.__dict__["inputs"] = (*type(self).inputs, *self._initial_at())
        self.__dict__["outputs"] = (*self._shown_at(), *self._states_at())

    @classmethod
    def ports(cls, params: Mapping[str, Any]) -> tuple[tuple[Port, ...], tuple[Port, ...]]:
        try:
            made = cls(**params)
            return made.inputs, made.outputs
        except ParamError:
            return cls.inputs, cls.outputs

    @property
    def ways(self) -> tuple[Recurrent, Recurrent]:
        """The layer that reads from the start and the one that reads from the end."""
        forward, backward = self.layer, self.backward_layer or self.layer.but(go_backwards=True)
        zeros = {"zero_output_for_mask": forward.return_sequences}  # as Keras has it
        return forward.but(**zeros), backward.but(**zeros)

    def caption(self) -> str:
        return " · ".join(p for p in (self.layer.name, self.layer.caption(), self.merge_mode) if p)

    def infer(self, x: TensorSpec, *initial: TensorSpec | None) -> TensorSpec | tuple[TensorSpec, ...]:
        for way, layer, states_before in zip(WAYS, self.ways, self._by_way(initial)):
            try:
                shown, *states = _listed(layer.infer(x, *states_before))
            except ShapeError as error:
                port = f"{way}_{error.port}" if error.port else None
                raise ShapeError(f"reading {way}, {error}", port, error.hints) from None
        if self.merge_mode == "concat":
            shown = TensorSpec((*shown.shape[:-1], 2 * self.layer.units))
        count = len(self._shown_at())
        outputs = (*[shown] * count, *states * 2)
        return outputs if len(outputs) > 1 else shown

    def masked(self, *inputs: TensorSpec) -> tuple[bool, ...]:
        shown = self.layer.return_sequences and inputs[0].masked
        return (*[shown] * len(self._shown_at()), *[False] * len(self._states_at()))

    def weights(self, x: TensorSpec, *initial: TensorSpec | None) -> dict[str, WeightSpec]:  # type: ignore[override]
        forward, backward = (weights_of(f"{way}_layer", layer, x) for way, layer in zip(WAYS, self.ways))
        return {**forward, **backward}

    def lower(self, ops: Ops, x: Value, *initial: Value) -> Value | tuple[Value, ...]:
        (f, *f_states), (b, *b_states) = (
            _listed(layer.lower(ops_of(ops, f"{way}_layer", layer, ops.masks[:1]), x, *_wired(states)))
            for way, layer, states in zip(WAYS, self.ways, self._by_way(initial))
        )
        shown = self._merged(ops, f, reverse(ops, b, 1) if self.layer.return_sequences else b)
        outputs = (*shown, *f_states, *b_states)
        return outputs if len(outputs) > 1 else outputs[0]

    def _merged(self, ops: Ops, f: Value, b: Value) -> tuple[Value, ...]:
        match self.merge_mode:
            case "concat":
                return (ops.concatenate([f, b], f.ndim - 1),)
            case "sum":
                return (f + b,)
            case "mul":
                return (f * b,)
            case "ave":
                return ((f + b) * 0.5,)
        return f, b

    def _shown_at(self) -> tuple[Port, ...]:
        if self.merge_mode is not None:
            return type(self).outputs
        return Port("forward", "What is read from the start."), Port("backward", "What is read from the end.")

    def _initial_at(self) -> tuple[Port, ...]:
        pairs = [(way, port) for way, layer in zip(WAYS, self.ways) for port in layer.inputs[1:]]
        return tuple(replace(port, name=f"{way}_{port.name}") for way, port in pairs)

    def _by_way(self, initial: Sequence[Any]) -> tuple[list[Any], list[Any]]:
        """The states that each way begins with, None where nothing is wired in."""
        count = len(self.ways[0].inputs) - 1
        states = [*initial, *[None] * (len(self.inputs) - 1 - len(initial))]
        return states[:count], states[count:]

    def _states_at(self) -> tuple[Port, ...]:
        pairs = [(way, port) for way, layer in zip(WAYS, self.ways) for port in layer.outputs[1:]]
        return tuple(Port(f"{way}_{port.name}", port.doc) for way, port in pairs)

    def _check_ways(self) -> None:
        if self.layer.go_backwards and self.backward_layer is None:
            raise ParamError(
                "layer reads from the end; set its go_backwards to false: its copy reads that way", "layer"
            )
        forward, backward = self.ways
        if forward.go_backwards == backward.go_backwards:
            raise ParamError(
                "both layers read the same way; set go_backwards of backward_layer alone", "backward_layer"
            )
        for key in ALIKE:
            here, there = getattr(forward, key), getattr(backward, key)
            if here != there:
                message = f"{key} is {here!r} in layer and {there!r} in backward_layer; give both the same"
                raise ParamError(message, "backward_layer")


def _wired(states: Sequence[Any]) -> list[Any]:
    return [state for state in states if state is not None]


def _listed(outputs: Any) -> tuple[Any, ...]:
    return outputs if isinstance(outputs, tuple) else (outputs,)
