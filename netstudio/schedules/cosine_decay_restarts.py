"""CosineDecayRestarts: a cosine, again and again."""

from math import cos, floor, log, pi

from netstudio.graph.params import Float
from netstudio.schedules.base import Schedule, decay_steps_param, initial_param, power


class CosineDecayRestarts(Schedule):
    """Falls along half a cosine, jumps back and falls again: each time longer, and from a lower rate where wanted.

    In period i, which takes first_decay_steps · t_mul^i steps, with the share d of them done, the rate is
    initial_learning_rate · ((1 - alpha) · m_mul^i · (1 + cos(pi · d)) / 2 + alpha). As
    keras.optimizers.schedules.CosineDecayRestarts; Loshchilov and Hutter, "SGDR", 2016.
    """

    aliases = ("cosine_decay_restarts",)

    initial_learning_rate = initial_param()
    first_decay_steps = decay_steps_param("the first period takes")
    t_mul = Float(2.0, minimum=1.0, doc="How much longer each period is than the one before.")
    m_mul = Float(1.0, above=0.0, doc="How much higher each period begins than the one before.")
    alpha = Float(0.0, minimum=0.0, doc="The share of the first rate that is always left.")

    def at(self, step: int) -> float:
        period, done = self._place(step / self.first_decay_steps)
        fall = 0.5 * power(self.m_mul, period) * (1.0 + cos(pi * done))
        return self.initial_learning_rate * ((1.0 - self.alpha) * fall + self.alpha)

    def _place(self, periods: float) -> tuple[int, float]:
        """The number of the period, and how much of it is done, after so many times the first one's length."""
        if self.t_mul == 1.0:
            return floor(periods), periods - floor(periods)
        period = floor(log(1.0 + periods * (self.t_mul - 1.0)) / log(self.t_mul))
        if _before(period + 1, self.t_mul) <= periods:  # the logarithm of a whole period came out a little low
            period += 1
        return period, (periods - _before(period, self.t_mul)) / self.t_mul**period


def _before(period: int, t_mul: float) -> float:
    """The length of all periods before one, in lengths of the first."""
    return float((t_mul**period - 1.0) / (t_mul - 1.0))
