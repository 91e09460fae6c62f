"""Ftrl: follows the regularized leader, so that weights of little use become exactly zero."""

from collections.abc import Mapping

from netstudio.graph.params import Float
from netstudio.ops import Ops, Value
from netstudio.optimizers.base import Optimizer, WeightOps


class Ftrl(Optimizer):
    """Follows the regularized leader: for wide and sparse models, whose weights of little use become exactly zero.

    With p = -learning_rate_power: a' = a + g²; z += g + 2 · l2_shrinkage · w - (a'^p - a^p) / rate · w; then
    w = (clip(z, -l1, l1) - z) / (a'^p / rate + 2 · l2 + beta / rate). As keras.optimizers.Ftrl; McMahan et al., 2013.
    """

    aliases = ("ftrl",)

    learning_rate_power = Float(-0.5, maximum=0.0, doc="How fast the rate falls with the sum of squared gradients.")
    initial_accumulator_value = Float(0.1, minimum=0.0, doc="What the sum of squared gradients starts at.")
    l1_regularization_strength = Float(0.0, minimum=0.0, doc="How far small weights are pulled to zero.")
    l2_regularization_strength = Float(0.0, minimum=0.0, doc="How strongly weights are kept small.")
    l2_shrinkage_regularization_strength = Float(0.0, minimum=0.0, doc="How strongly gradients make weights small.")
    beta = Float(0.0, minimum=0.0, doc="What is added to the divisor, times the rate.")

    def active_slots(self) -> Mapping[str, float]:
        return {"accumulator": self.initial_accumulator_value, "linear": 0.0}

    def scalars(self, step: int, rate: float) -> Mapping[str, float]:
        return {"inverse": 1.0 / rate, "l2": 2.0 * self.l2_regularization_strength + self.beta / rate}

    def update(
        self,
        ops: WeightOps,
        weight: Value,
        gradient: Value,
        slots: Mapping[str, Value],
        scalars: Mapping[str, Value],
    ) -> tuple[Value, Mapping[str, Value]]:
        total = slots["accumulator"] + ops.square(gradient)
        now = self._power(ops, total) * scalars["inverse"]
        before = self._power(ops, slots["accumulator"]) * scalars["inverse"]
        used = gradient + weight * (2.0 * self.l2_shrinkage_regularization_strength)
        linear = slots["linear"] + used - (now - before) * weight
        l1 = self.l1_regularization_strength
        new = (ops.clip(linear, -l1, l1) - linear) / (now + scalars["l2"])
        return new, {"accumulator": total, "linear": linear}

    def _power(self, ops: Ops, x: Value) -> Value:
        if self.learning_rate_power == -0.5:
            return ops.sqrt(x)
        return ops.elementwise("pow", x, -self.learning_rate_power)
