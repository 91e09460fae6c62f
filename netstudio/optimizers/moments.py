"""The base of optimizers that keep how the gradient and its square go on average: Adam and what came of it."""

from __future__ import annotations

from collections.abc import Mapping

from netstudio.graph.params import Float
from netstudio.ops import Value
from netstudio.optimizers.base import Optimizer, WeightOps


class Moments(Optimizer, abstract=True):
    """The two averages and the parameters that they move by."""

    slots = {"momentum": 0.0, "velocity": 0.0}

    beta_1 = Float(0.9, minimum=0.0, below=1.0, doc="How slowly the average of the gradient moves.")
    beta_2 = Float(0.999, minimum=0.0, below=1.0, doc="How slowly the average of its square moves.")
    epsilon = Float(1e-7, above=0.0, doc="Keeps the step finite.")

    def averages(self, ops: WeightOps, gradient: Value, slots: Mapping[str, Value]) -> tuple[Value, Value]:
        """The averages of the gradient and of its square after this step: "momentum" and "velocity"."""
        m = slots["momentum"] + (gradient - slots["momentum"]) * (1.0 - self.beta_1)
        v = slots["velocity"] + (ops.square(gradient) - slots["velocity"]) * (1.0 - self.beta_2)
        return m, v
