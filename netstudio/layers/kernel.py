"""What layers with a kernel and a bias share: their parameters, in Keras's names, and their weights."""

from __future__ import annotations

from typing import Any

from netstudio.graph.declared import Object
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
    return Object(INITIALIZERS, default, doc=f"How the {what} starts.")


def regularizer_param(what: str) -> Object[Any]:
    return Object(REGULARIZERS, None, doc=f"A penalty on the {what}, added to the loss.")


class KernelLayer(Layer, abstract=True):
    """A layer of the form activation(kernel applied to x + bias), which declares the parameters named here."""

    activation: Choice
    use_bias: Bool
    kernel_initializer: Object[Any]
    bias_initializer: Object[Any]
    kernel_regularizer: Object[Any]
    bias_regularizer: Object[Any]

    def kernel_and_bias(self, kernel: Shape) -> dict[str, WeightSpec]:
        """A kernel of that shape, and a bias for each of its outputs (the last axis) where there is one."""
        weights = {"kernel": WeightSpec(kernel, self.kernel_initializer, regularizer=self.kernel_regularizer)}
        if self.use_bias:
            weights["bias"] = WeightSpec(kernel[-1:], self.bias_initializer, regularizer=self.bias_regularizer)
        return weights

    def add_bias_and_activate(self, ops: Ops, y: Value) -> Value:
        if self.use_bias:
            y = y + ops.weight("bias")
        return apply_activation(self.activation, ops, y)
