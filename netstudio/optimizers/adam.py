"""Adam: momentum, divided by the recent size of the gradient."""

from collections.abc import Mapping
from math import sqrt

from netstudio.graph.params import Bool
from netstudio.ops import Value
from netstudio.optimizers.base import WeightOps
from netstudio.optimizers.moments import Moments


class Adam(Moments):
    """Momentum divided by the recent size of the gradient: a good first choice.

    m += (g - m) · (1 - beta_1); v += (g² - v) · (1 - beta_2); w -= rate · m / (sqrt(v) + epsilon), where the rate of
    step t is learning_rate · sqrt(1 - beta_2^t) / (1 - beta_1^t). With amsgrad the largest v so far takes v's place in
    the step. As keras.optimizers.Adam; Kingma and Ba, 2014 (the form before section 2.1), and Reddi et al., 2018.
    """

    aliases = ("adam",)
    slots = {"momentum": 0.0, "velocity": 0.0, "velocity_hat": 0.0}

    amsgrad = Bool(False, doc="Divide by the largest average so far.")

    def active_slots(self) -> Mapping[str, float]:
        return {name: start for name, start in self.slots.items() if self.amsgrad or name != "velocity_hat"}

    def scalars(self, step: int, rate: float) -> Mapping[str, float]:
        return {"rate": rate * sqrt(1.0 - self.beta_2**step) / (1.0 - self.beta_1**step)}

    def update(
        self,
        ops: WeightOps,
        weight: Value,
        gradient: Value,
        slots: Mapping[str, Value],
        scalars: Mapping[str, Value],
    ) -> tuple[Value, Mapping[str, Value]]:
        m, v = self.averages(ops, gradient, slots)
        new, size = {"momentum": m, "velocity": v}, v
        if self.amsgrad:
            size = new["velocity_hat"] = ops.maximum(slots["velocity_hat"], v)
        return weight - m * scalars["rate"] / (ops.sqrt(size) + self.epsilon), new
