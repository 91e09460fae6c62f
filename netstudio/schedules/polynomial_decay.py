"""PolynomialDecay: from one rate to another along a power; a straight line where the power is 1."""

from math import ceil

from netstudio.graph.params import Bool, Float
from netstudio.schedules.base import Schedule, decay_steps_param, initial_param


class PolynomialDecay(Schedule):
    """Goes from one rate to another, along a straight line where the power is 1.

    (initial_learning_rate - end_learning_rate) · (1 - step / decay_steps)^power + end_learning_rate, and the end's rate
    from there on; with `cycle` the decay is stretched to the next multiple of decay_steps instead. As
    keras.optimizers.schedules.PolynomialDecay.
    """

    aliases = ("polynomial_decay", "linear_decay")

    initial_learning_rate = initial_param()
    decay_steps = decay_steps_param()
    end_learning_rate = Float(0.0001, minimum=0.0, doc="The learning rate at the end.")
    power = Float(1.0, above=0.0, doc="How the rate falls: 1 evenly, more fast at first, less fast at the end.")
    cycle = Bool(False, doc="Begin again, from a lower rate, when the steps are over.")

    def at(self, step: int) -> float:
        steps = self.decay_steps * (max(1, ceil(step / self.decay_steps)) if self.cycle else 1)
        left = 1.0 - min(step, steps) / steps
        return float((self.initial_learning_rate - self.end_learning_rate) * left**self.power + self.end_learning_rate)
