"""What layers share that read a sequence step by step: parameters in Keras's names, the ports of states, masks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from netstudio.graph.node_type import Port
from netstudio.graph.params import Bool, Choice
from netstudio.graph.tensor import TensorSpec
from netstudio.layers.activations import NAMES
from netstudio.layers.dropout import rate_param
from netstudio.layers.kernel import KernelLayer, use_bias_param
from netstudio.layers.learnt import learnt_params


class Stateful(KernelLayer, abstract=True):
    """A layer that hands states from step to step; `states` are the ports at which the last ones come out."""

    category = "recurrent"
    icon = "recurrent"
    uses_mask = True
    states: ClassVar[tuple[Port, ...]] = (Port("state", "What was shown at the last step."),)

    activation = Choice(NAMES, "tanh", optional=True, doc="The function of what is remembered and shown.")
    use_bias = use_bias_param()
    learnt = learnt_params(
        {"kernel": "glorot_uniform", "recurrent": "orthogonal", "bias": "zeros"},
        {"recurrent": "recurrent kernel"},
    )
    dropout = rate_param("the input's values, the same at all steps,")
    recurrent_dropout = rate_param("what comes back from the step before, the same at all steps,")
    return_sequences = Bool(False, doc="Give the output of every step, not of the last alone.")
    return_state = Bool(False, doc="Give the states after the last step too, each at a port of its own.")
    go_backwards = Bool(False, doc="Read the sequence from its end; the outputs then stand in that order.")

    def __init__(self, /, **params: Any) -> None:
        super().__init__(**params)
        self.__dict__["outputs"] = self.ports(self.params)[1]

    @classmethod
    def ports(cls, params: Mapping[str, Any]) -> tuple[tuple[Port, ...], tuple[Port, ...]]:
        states = cls.states if params.get("return_state") is True else ()
        return cls.inputs, (*cls.outputs, *states)

    def masked(self, *inputs: TensorSpec) -> tuple[bool, ...]:
        return (self.return_sequences and inputs[0].masked, *[False] * (len(self.outputs) - 1))

    def sized(self, size: int) -> str:
        """A caption of how much is remembered."""
        return f"{size} · sequences" if self.return_sequences else f"{size}"


def gate_param(how_many: str) -> Choice:
    return Choice(NAMES, "sigmoid", optional=True, doc=f"The function of the {how_many} gates.")
