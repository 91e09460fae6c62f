"""The base of every optimizer."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import ClassVar

from netstudio.graph.declared import Declared
from netstudio.graph.params import Float
from netstudio.ops import Ops, Value


class Optimizer(Declared, abstract=True):
    """How weights follow their gradients.

    The update is built from operations, elementwise over all trained weights at once. `slots` names the arrays, of the
    weights' size, that the optimizer keeps between steps, with the value each starts at. `scalars(step, rate)` gives
    the numbers that differ from step to step, computed in double precision outside of the program.
    """

    slots: ClassVar[Mapping[str, float]] = {}

    learning_rate = Float(0.001, above=0.0, doc="How far a step goes.")

    def active_slots(self) -> Mapping[str, float]:
        """The slots that these parameters need."""
        return self.slots

    def scalars(self, step: int, rate: float) -> Mapping[str, float]:
        """The numbers of optimizer step `step`, which counts from 1, at learning rate `rate`."""
        return {"rate": rate}

    @abstractmethod
    def update(
        self, ops: Ops, weight: Value, gradient: Value, slots: Mapping[str, Value], scalars: Mapping[str, Value]
    ) -> tuple[Value, Mapping[str, Value]]:
        """The new weight and the new slots."""
