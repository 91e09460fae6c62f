"""Lamb: Adam with steps in proportion to each weight, for large batches."""

from collections.abc import Mapping

from netstudio.ops import Ops, Value
from netstudio.optimizers.base import WeightOps, length
from netstudio.optimizers.moments import Moments


class Lamb(Moments):
    """Adam whose step for each weight is as long as the weight itself, times the rate: for very large batches.

    m and v as in Adam, u = m / (1 - beta_1^t) / (sqrt(v / (1 - beta_2^t)) + epsilon); w -= rate · |w| / |u| · u, the
    quotient 1 where either length is 0. As keras.optimizers.Lamb; You et al., 2019.
    """

    aliases = ("lamb",)

    def scalars(self, step: int, rate: float) -> Mapping[str, float]:
        corrections = {"average": 1.0 / (1.0 - self.beta_1**step), "size": 1.0 / (1.0 - self.beta_2**step)}
        return {"rate": rate, **corrections}

    def update(
        self,
        ops: WeightOps,
        weight: Value,
        gradient: Value,
        slots: Mapping[str, Value],
        scalars: Mapping[str, Value],
    ) -> tuple[Value, Mapping[str, Value]]:
        m, v = self.averages(ops, gradient, slots)
        step = m * scalars["average"] / (ops.sqrt(v * scalars["size"]) + self.epsilon)
        (step,) = ops.each(lambda name, w, u: [_as_long(ops, u, w)], weight, step)
        return weight - step * scalars["rate"], {"momentum": m, "velocity": v}


def _as_long(ops: Ops, step: Value, weight: Value) -> Value:
    """The step as long as the weight; as it is where either is of no length."""
    own, wanted = length(ops, step), length(ops, weight)
    both = ops.greater(own, 0.0) * ops.greater(wanted, 0.0)
    return step * ops.where(both, wanted / ops.where(both, own, 1.0), 1.0)
