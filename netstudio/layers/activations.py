"""Activations by name: what `Dense(activation="relu")` looks up. The names are those the activation layers declare."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any, ClassVar

from netstudio.errors import ParamError
from netstudio.graph.params import Choice
from netstudio.layers.same_shape import SameShape
from netstudio.ops import Ops, Value

# Keras's names. `by_name` finds the layer of each; a test holds the two lists together.
NAMES = (
    *("linear", "relu", "leaky_relu", "elu", "gelu", "sigmoid", "tanh", "softmax", "silu", "selu", "celu", "mish"),
    *("relu6", "log_sigmoid", "tanh_shrink", "soft_shrink", "hard_shrink", "threshold", "squareplus", "sparse_plus"),
    *(
        "sparse_sigmoid",
        "softplus",
        "softsign",
        "hard_sigmoid",
        "hard_silu",
        "hard_tanh",
        "exponential",
        "log_softmax",
        "sparsemax",
    ),
)


class Activation(SameShape, abstract=True):
    """A function of each value, which other layers take by `activation_name`, with `named_params` for parameters."""

    category = "activation"
    icon = "activation"
    named_params: ClassVar[Mapping[str, Any]] = {}


def activation_param() -> Choice:
    return Choice(NAMES, None, doc="The function applied to the output; none leaves it as it is.")


@functools.cache
def by_name(name: str) -> Activation:
    """The activation layer of that Keras name, as Keras's function of that name sets it."""
    import netstudio.layers as layers

    for layer in layers.LAYERS:
        if issubclass(layer, Activation) and layer.activation_name == name:
            return layer(**layer.named_params)
    raise ParamError(f"unknown activation {name!r}; there are {', '.join(NAMES)}", "activation")


def apply_activation(name: str | None, ops: Ops, x: Value) -> Value:
    if name is None:
        return x
    result = by_name(name).lower(ops, x)
    assert not isinstance(result, tuple)
    return result
