"""Activations by name: what `Dense(activation="relu")` looks up. The names are those the activation layers declare."""

from __future__ import annotations

import functools

from netstudio.errors import ParamError
from netstudio.graph.params import Choice
from netstudio.layers.base import Layer
from netstudio.ops import Ops, Value

# Keras's names. `by_name` finds the layer of each; a test holds the two lists together.
NAMES = ("linear", "relu", "leaky_relu", "elu", "gelu", "sigmoid", "tanh", "softmax")


def activation_param() -> Choice:
    return Choice(NAMES, None, doc="The function applied to the output; none leaves it as it is.")


@functools.cache
def by_name(name: str) -> Layer:
    """The activation layer of that Keras name, with its defaults."""
    import netstudio.layers as layers

    for layer in layers.LAYERS:
        if issubclass(layer, Layer) and layer.activation_name == name:
            return layer()
    raise ParamError(f"unknown activation {name!r}; there are {', '.join(NAMES)}", "activation")


def apply_activation(name: str | None, ops: Ops, x: Value) -> Value:
    if name is None or name == "linear":
        return x
    result = by_name(name).lower(ops, x)
    assert not isinstance(result, tuple)
    return result
