"""What layers with a kernel and a bias share: their parameters, in Keras's names, and their weights."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from netstudio.constraints import CONSTRAINTS
from netstudio.graph.declared import Object, Together
from netstudio.graph.node_type import WeightSpec
from netstudio.graph.params import Bool, Choice
from netstudio.graph.tensor import Shape
from netstudio.initializers import INITIALIZERS
from netstudio.layers.activations import apply_activation
from netstudio.layers.base import Layer
from netstudio.ops import Ops, Value
from netstudio.regularizers import REGULARIZERS


def use_bias_param() -> Bool:
    return Bool(True, doc="Add a learnt bias to each output.")


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


class KernelLayer(Layer, abstract=True):
    """A layer of the form activation(kernel applied to x + bias), which declares the parameters named here.

    For each weight, "bias" among them, it also declares `learnt_params`.
    """

    activation: Choice
    use_bias: Bool

    def weight_of(self, what: str, shape: Shape) -> WeightSpec:
        """A weight of that shape, as the three parameters that are named after it say."""
        return WeightSpec(
            shape,
            getattr(self, f"{what}_initializer"),
            regularizer=getattr(self, f"{what}_regularizer"),
            constraint=getattr(self, f"{what}_constraint"),
        )

    def bias_of(self, outputs: int) -> dict[str, WeightSpec]:
        """A bias for each output, where there is one."""
        return {"bias": self.weight_of("bias", (outputs,))} if self.use_bias else {}

    def add_bias_and_activate(self, ops: Ops, y: Value) -> Value:
        if self.use_bias:
            y = y + ops.weight("bias")
        return apply_activation(self.activation, ops, y)
