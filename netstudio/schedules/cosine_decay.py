"""CosineDecay: slow at both ends, with a warm-up where wanted."""

from math import cos, pi

from netstudio.graph.params import Float, Int
from netstudio.schedules.base import Schedule, decay_steps_param, initial_param


class CosineDecay(Schedule):
    """Falls along half a cosine, slowly at both ends; before that it may rise evenly (warm-up).

    The rate goes in a straight line from initial_learning_rate to warmup_target in warmup_steps, where there is a
    target, and then in decay_steps from there (r) to alpha · r: r · ((1 - alpha) · (1 + cos(pi · step / decay_steps))
    / 2 + alpha). As keras.optimizers.schedules.CosineDecay; Loshchilov and Hutter, "SGDR", 2016.
    """

    aliases = ("cosine_decay",)

    initial_learning_rate = initial_param()
    decay_steps = decay_steps_param("the decay takes, after the warm-up")
    alpha = Float(0.0, minimum=0.0, doc="The share of the rate that is left at the end.")
    warmup_target = Float(None, above=0.0, doc="The learning rate at the end of the warm-up; none goes without one.")
    warmup_steps = Int(0, minimum=0, doc="How many steps (batches) the warm-up takes.")

    def at(self, step: int) -> float:
        if self.warmup_target is None:
            return cosine(self.initial_learning_rate, step / self.decay_steps, self.alpha)
        if step < self.warmup_steps:
            rise = self.warmup_target - self.initial_learning_rate
            return self.initial_learning_rate + rise * step / self.warmup_steps
        return cosine(self.warmup_target, (step - self.warmup_steps) / self.decay_steps, self.alpha)


def cosine(rate: float, done: float, alpha: float) -> float:
    """Where a rate has come to on its way to alpha · rate, when the share `done` of the way is behind it."""
    return rate * ((1.0 - alpha) * 0.5 * (1.0 + cos(pi * min(done, 1.0))) + alpha)
