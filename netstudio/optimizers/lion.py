"""Lion: steps of one size, by the sign of the momentum."""

from collections.abc import Mapping

from netstudio.graph.params import Float
from netstudio.ops import Value
from netstudio.optimizers.base import Optimizer, WeightOps


class Lion(Optimizer):
    """Takes steps of one size in the direction that momentum and gradient agree on; wants a smaller rate than Adam.

    w -= rate · sign(beta_1 · m + (1 - beta_1) · g); m = beta_2 · m + (1 - beta_2) · g. As keras.optimizers.Lion; Chen
    et al., "Symbolic Discovery of Optimization Algorithms", 2023.
    """

    aliases = ("lion",)
    slots = {"momentum": 0.0}

    beta_1 = Float(0.9, above=0.0, maximum=1.0, doc="How much the average counts beside the gradient.")
    beta_2 = Float(0.99, minimum=0.0, maximum=1.0, doc="How slowly the average of the gradient moves.")

    def update(
        self,
        ops: WeightOps,
        weight: Value,
        gradient: Value,
        slots: Mapping[str, Value],
        scalars: Mapping[str, Value],
    ) -> tuple[Value, Mapping[str, Value]]:
        m = slots["momentum"]
        direction = ops.sign(m * self.beta_1 + gradient * (1.0 - self.beta_1))
        return weight - direction * scalars["rate"], {"momentum": m * self.beta_2 + gradient * (1.0 - self.beta_2)}
