"""ExponentialDecay: the same factor in every so many steps; with stairs, all at once."""

from math import floor

from netstudio.graph.params import Bool, Float
from netstudio.schedules.base import Schedule, decay_steps_param, initial_param, power


class ExponentialDecay(Schedule):
    """Multiplies the rate by a factor in every so many steps: evenly, or all at once at the end of them.

    initial_learning_rate · decay_rate^(step / decay_steps); with `staircase` the exponent is rounded down. As
    keras.optimizers.schedules.ExponentialDecay.
    """

    aliases = ("exponential_decay", "step_decay")

    initial_learning_rate = initial_param()
    decay_steps = decay_steps_param("one factor takes")
    decay_rate = Float(0.96, above=0.0, doc="The factor.")
    staircase = Bool(False, doc="Keep the rate until the steps are over, then drop at once.")

    def at(self, step: int) -> float:
        times = step / self.decay_steps
        return self.initial_learning_rate * power(self.decay_rate, floor(times) if self.staircase else times)
