"""InverseTimeDecay: fast at first, ever slower."""

from math import floor

from netstudio.graph.params import Bool, Float
from netstudio.schedules.base import Schedule, decay_steps_param, initial_param


class InverseTimeDecay(Schedule):
    """Divides the rate by what grows evenly with the steps.

    initial_learning_rate / (1 + decay_rate · step / decay_steps); with `staircase` the quotient is rounded down. As
    keras.optimizers.schedules.InverseTimeDecay.
    """

    aliases = ("inverse_time_decay",)

    initial_learning_rate = initial_param()
    decay_steps = decay_steps_param("the divisor takes to grow by decay_rate")
    decay_rate = Float(1.0, minimum=0.0, doc="How much the divisor grows.")
    staircase = Bool(False, doc="Keep the rate until the steps are over, then drop at once.")

    def at(self, step: int) -> float:
        times = step / self.decay_steps
        return self.initial_learning_rate / (1.0 + self.decay_rate * (floor(times) if self.staircase else times))
