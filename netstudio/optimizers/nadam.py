"""Nadam: Adam that looks ahead."""

from collections.abc import Mapping
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from netstudio.ops import Value
from netstudio.optimizers.base import WeightOps
from netstudio.optimizers.moments import Moments

FORGOTTEN = 1 << 16  # steps after which the product of momenta is nothing beside 1


class Nadam(Moments):
    """Adam with Nesterov's momentum, which looks a step ahead.

    With u(t) = beta_1 · (1 - 0.96^t / 2) and U(t) the product of all u up to t: m and v as in Adam;
    m' = u(t + 1) · m / (1 - U(t + 1)) + (1 - u(t)) · g / (1 - U(t)); w -= rate · m' / (sqrt(v / (1 - beta_2^t)) +
    epsilon). As keras.optimizers.Nadam; Dozat, 2016.
    """

    aliases = ("nadam",)

    def scalars(self, step: int, rate: float) -> Mapping[str, float]:
        now, ahead = _momentum(self.beta_1, step), _momentum(self.beta_1, step + 1)
        product = _products(self.beta_1)
        so_far, next_one = product[min(step, FORGOTTEN)], product[min(step + 1, FORGOTTEN)]
        return {
            "average": float(rate * ahead / (1.0 - next_one)),
            "gradient": float(rate * (1.0 - now) / (1.0 - so_far)),
            "size": 1.0 / (1.0 - self.beta_2**step),
        }

    def update(
        self,
        ops: WeightOps,
        weight: Value,
        gradient: Value,
        slots: Mapping[str, Value],
        scalars: Mapping[str, Value],
    ) -> tuple[Value, Mapping[str, Value]]:
        m, v = self.averages(ops, gradient, slots)
        ahead = m * scalars["average"] + gradient * scalars["gradient"]
        return weight - ahead / (ops.sqrt(v * scalars["size"]) + self.epsilon), {"momentum": m, "velocity": v}


def _momentum(beta: float, step: int) -> float:
    return float(beta * (1.0 - 0.5 * 0.96**step))


@lru_cache(maxsize=8)
def _products(beta: float) -> NDArray[np.float64]:
    """The products of the momenta of the steps 1 to t, at t."""
    momenta = beta * (1.0 - 0.5 * 0.96 ** np.arange(FORGOTTEN + 1.0))
    momenta[0] = 1.0
    return np.asarray(np.cumprod(momenta), np.float64)
