"""What layers with a kernel and a bias share: their parameters, in Keras's names, and their weights."""

from __future__ import annotations

from netstudio.graph.node_type import WeightSpec
from netstudio.graph.params import Bool, Choice
from netstudio.layers.activations import apply_activation
from netstudio.layers.base import Layer
from netstudio.layers.learnt import learnt_weight
from netstudio.ops import Ops, Value


def use_bias_param() -> Bool:
    return Bool(True, doc="Add a learnt bias to each output.")


class KernelLayer(Layer, abstract=True):
    """A layer of the form activation(kernel applied to x + bias), which declares the parameters named here.

    For each weight, "bias" among them, it also declares `learnt_params`.
    """

    activation: Choice
    use_bias: Bool

    def bias_of(self, outputs: int) -> dict[str, WeightSpec]:
        """A bias for each output, where there is one."""
        return {"bias": learnt_weight(self, "bias", (outputs,))} if self.use_bias else {}

    def add_bias_and_activate(self, ops: Ops, y: Value) -> Value:
        if self.use_bias:
            y = y + ops.weight("bias")
        return apply_activation(self.activation, ops, y)
