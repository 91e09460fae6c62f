"""What layers say of the weights that they learn: parameters in Keras's names, and the weights that these ask for."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from netstudio.constraints import CONSTRAINTS
from netstudio.graph.declared import Object, Together
from netstudio.graph.node_type import WeightSpec
from netstudio.graph.tensor import Shape
from netstudio.initializers import INITIALIZERS
from netstudio.layers.base import Layer
from netstudio.regularizers import REGULARIZERS


def initializer_param(what: str, default: str) -> Object[Any]:
    return Object(INITIALIZERS, default, doc=f"The first values of the {what}.")


def regularizer_param(what: str) -> Object[Any]:
    return Object(REGULARIZERS, None, doc=f"A penalty on the {what}, added to the loss.")


def constraint_param(what: str) -> Object[Any]:
    return Object(CONSTRAINTS, None, doc=f"What the {what} must be: it is brought back there after each step.")


def learnt_params(starts: Mapping[str, str], called: Mapping[str, str] = MappingProxyType({})) -> Together:
    """For each weight its initializer, its regularizer and its constraint, in Keras's names and order.

    `starts` gives the default initializers by the names that the parameters begin with; `called` says what people call
    a weight where that is something else.
    """
    names = {weight: called.get(weight, weight) for weight in starts}
    return Together(
        {f"{weight}_initializer": initializer_param(names[weight], start) for weight, start in starts.items()}
        | {f"{weight}_regularizer": regularizer_param(name) for weight, name in names.items()}
        | {f"{weight}_constraint": constraint_param(name) for weight, name in names.items()}
    )


def learnt_weight(layer: Layer, name: str, shape: Shape) -> WeightSpec:
    """A weight of that shape, as the three parameters that begin with its name say."""
    start, penalty, bounds = (layer.params[f"{name}_{what}"] for what in ("initializer", "regularizer", "constraint"))
    return WeightSpec(shape, start, regularizer=penalty, constraint=bounds)
