"""Adadelta: steps of the size of the steps before."""

from collections.abc import Mapping

from netstudio.graph.params import Float
from netstudio.ops import Ops, Value
from netstudio.optimizers.base import Optimizer, WeightOps


class Adadelta(Optimizer):
    """Takes steps of the size of recent steps, divided by the recent size of the gradient.

    a = rho · a + (1 - rho) · g²; s = g · sqrt(d + epsilon) / sqrt(a + epsilon); d = rho · d + (1 - rho) · s²;
    w -= rate · s. As keras.optimizers.Adadelta; Zeiler, 2012, who takes a rate of 1.
    """

    aliases = ("adadelta",)
    slots = {"accumulated_grad": 0.0, "accumulated_delta_var": 0.0}

    rho = Float(0.95, minimum=0.0, maximum=1.0, doc="How slowly the averages move.")
    epsilon = Float(1e-7, above=0.0, doc="Keeps the step finite, and begins it.")

    def update(
        self,
        ops: WeightOps,
        weight: Value,
        gradient: Value,
        slots: Mapping[str, Value],
        scalars: Mapping[str, Value],
    ) -> tuple[Value, Mapping[str, Value]]:
        size = self._moved(ops, slots["accumulated_grad"], gradient)
        before = slots["accumulated_delta_var"]
        step = gradient * ops.sqrt(before + self.epsilon) / ops.sqrt(size + self.epsilon)
        new = {"accumulated_grad": size, "accumulated_delta_var": self._moved(ops, before, step)}
        return weight - step * scalars["rate"], new

    def _moved(self, ops: Ops, average: Value, x: Value) -> Value:
        return average * self.rho + ops.square(x) * (1.0 - self.rho)
