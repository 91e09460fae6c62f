"""Constraints on the length of a weight's vectors."""

from __future__ import annotations

from abc import abstractmethod

from netstudio.constraints.base import Constraint
from netstudio.errors import ParamError
from netstudio.graph.params import Float, Ints
from netstudio.ops import Ops, Value

EPSILON = 1e-7  # Keras's: added to a length before it divides


class _Length(Constraint, abstract=True):
    axis = Ints(
        None,
        0,
        minimum=-8,
        single=True,
        doc="The axes of one vector: 0 for the weights into one unit of a Dense, [0, 1, 2] for one filter of a Conv2D.",
    )

    def apply(self, ops: Ops, weight: Value) -> Value:
        beyond = [a for a in self.axis if not -weight.ndim <= a < weight.ndim]
        if beyond:
            raise ParamError(
                f"{self.name} can't act on a weight of the shape {weight.shape}: axis names {beyond[0]}; expected 0 to "
                f"{weight.ndim - 1}",
                "axis",
            )
        axes = sorted({a % weight.ndim for a in self.axis})
        length = ops.sqrt(ops.sum(ops.square(weight), axes, keepdims=True))
        return weight * (self.wanted(ops, length) / (length + EPSILON))

    @abstractmethod
    def wanted(self, ops: Ops, length: Value) -> Value | float:
        """The length that a vector of this length is to have."""


class MaxNorm(_Length):
    """Shortens vectors that are too long: the length is at most `max_value`.

    w · min(|w|, max_value) / (|w| + 1e-7), for each vector along the axes. As keras.constraints.MaxNorm; Srivastava
    et al., "Dropout", 2014.
    """

    aliases = ("max_norm",)

    max_value = Float(2.0, minimum=0.0, doc="The greatest length.")

    def wanted(self, ops: Ops, length: Value) -> Value:
        return ops.minimum(length, self.max_value)


class UnitNorm(_Length):
    """Gives every vector the length 1: w / (|w| + 1e-7), for each vector along the axes.

    As keras.constraints.UnitNorm.
    """

    aliases = ("unit_norm",)

    def wanted(self, ops: Ops, length: Value) -> float:
        return 1.0


class MinMaxNorm(_Length):
    """Keeps the length of vectors between two bounds.

    w · (rate · clip(|w|, min_value, max_value) + (1 - rate) · |w|) / (|w| + 1e-7), for each vector along the axes. As
    keras.constraints.MinMaxNorm.
    """

    aliases = ("min_max_norm",)

    min_value = Float(0.0, minimum=0.0, doc="The least length.")
    max_value = Float(1.0, minimum=0.0, doc="The greatest length.")
    rate = Float(1.0, minimum=0.0, maximum=1.0, doc="How far a length goes to its bound at each step.")

    def wanted(self, ops: Ops, length: Value) -> Value:
        return ops.clip(length, self.min_value, self.max_value) * self.rate + length * (1.0 - self.rate)
