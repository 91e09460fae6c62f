"""Adamax: Adam by the largest gradient of late."""

from collections.abc import Mapping

from netstudio.graph.params import Float
from netstudio.ops import Value
from netstudio.optimizers.base import Optimizer, WeightOps


class Adamax(Optimizer):
    """Momentum divided by the largest gradient of late: Adam where gradients are rare and large, as of embeddings.

    m += (g - m) · (1 - beta_1); u = max(beta_2 · u, |g|); w -= rate / (1 - beta_1^t) · m / (u + epsilon). As
    keras.optimizers.Adamax; Kingma and Ba, 2014, section 7.1.
    """

    aliases = ("adamax",)
    slots = {"momentum": 0.0, "norm": 0.0}

    beta_1 = Float(0.9, minimum=0.0, below=1.0, doc="How slowly the average of the gradient moves.")
    beta_2 = Float(0.999, minimum=0.0, below=1.0, doc="How slowly the largest gradient is forgotten.")
    epsilon = Float(1e-7, above=0.0, doc="Keeps the step finite.")

    def scalars(self, step: int, rate: float) -> Mapping[str, float]:
        return {"rate": rate / (1.0 - self.beta_1**step)}

    def update(
        self,
        ops: WeightOps,
        weight: Value,
        gradient: Value,
        slots: Mapping[str, Value],
        scalars: Mapping[str, Value],
    ) -> tuple[Value, Mapping[str, Value]]:
        m = slots["momentum"] + (gradient - slots["momentum"]) * (1.0 - self.beta_1)
        largest = ops.maximum(slots["norm"] * self.beta_2, ops.abs(gradient))
        return weight - m * scalars["rate"] / (largest + self.epsilon), {"momentum": m, "norm": largest}
