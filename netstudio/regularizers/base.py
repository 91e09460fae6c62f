"""The base of every regularizer."""

from abc import abstractmethod

from netstudio.graph.declared import Declared
from netstudio.ops import Ops, Value


class Regularizer(Declared, abstract=True):
    """A penalty on a weight, added to the loss."""

    @abstractmethod
    def penalty(self, ops: Ops, weight: Value) -> Value:
        """The penalty, one number."""
