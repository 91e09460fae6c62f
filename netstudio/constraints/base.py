"""The base of every constraint."""

from abc import abstractmethod

from netstudio.graph.declared import Declared
from netstudio.ops import Ops, Value


class Constraint(Declared, abstract=True):
    """What a weight must be: after each step of the optimizer it is brought back to where that holds."""

    @abstractmethod
    def apply(self, ops: Ops, weight: Value) -> Value:
        """The weight as it must be, of the same shape. ParamError where there are no such axes."""
