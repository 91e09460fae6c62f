"""Adagrad: smaller steps for weights that have moved much."""

from collections.abc import Mapping

from netstudio.graph.params import Float
from netstudio.ops import Value
from netstudio.optimizers.base import Optimizer, WeightOps


class Adagrad(Optimizer):
    """Takes smaller steps for weights whose gradients have been large.

    a += g²; w -= rate · g / sqrt(a + epsilon). As keras.optimizers.Adagrad; Duchi et al., JMLR 12 (2011).
    """

    aliases = ("adagrad",)

    initial_accumulator_value = Float(0.1, minimum=0.0, doc="What the sum of squared gradients starts at.")
    epsilon = Float(1e-7, above=0.0, doc="Keeps the step finite.")

    def active_slots(self) -> Mapping[str, float]:
        return {"accumulator": self.initial_accumulator_value}

    def update(
        self,
        ops: WeightOps,
        weight: Value,
        gradient: Value,
        slots: Mapping[str, Value],
        scalars: Mapping[str, Value],
    ) -> tuple[Value, Mapping[str, Value]]:
        total = slots["accumulator"] + ops.square(gradient)
        step = gradient * scalars["rate"] / ops.sqrt(total + self.epsilon)
        return weight - step, {"accumulator": total}
