"""OneCycle: up to a high rate, and down to almost nothing."""

from math import cos, pi

from netstudio.graph.params import Choice, Float
from netstudio.schedules.base import Schedule, decay_steps_param


class OneCycle(Schedule):
    """Rises to a high rate and then falls to almost none, over the whole run: fast training with few epochs.

    From max_learning_rate / div_factor to max_learning_rate in the first pct_start of the steps, then to
    max_learning_rate / (div_factor · final_div_factor), along half a cosine or a straight line each. As
    torch.optim.lr_scheduler.OneCycleLR without its momentum; Smith and Topin, "Super-Convergence", 2017.
    """

    aliases = ("one_cycle",)

    max_learning_rate = Float(0.01, above=0.0, doc="The highest learning rate.")
    total_steps = decay_steps_param("the run takes: batches in an epoch, times epochs")
    pct_start = Float(0.3, above=0.0, below=1.0, doc="The share of the steps in which the rate rises.")
    anneal_strategy = Choice(("cos", "linear"), "cos", doc="Along half a cosine, or a straight line.")
    div_factor = Float(25.0, above=0.0, doc="How much lower the rate is at the beginning.")
    final_div_factor = Float(10_000.0, above=0.0, doc="How much lower still it is at the end.")

    def at(self, step: int) -> float:
        first = self.max_learning_rate / self.div_factor
        top, last = self.pct_start * self.total_steps - 1.0, self.total_steps - 1.0
        if step <= top:
            return self._between(first, self.max_learning_rate, step / top if top > 0.0 else 1.0)
        done = min((step - top) / (last - top), 1.0) if last > top else 1.0
        return self._between(self.max_learning_rate, first / self.final_div_factor, done)

    def _between(self, start: float, end: float, done: float) -> float:
        share = (1.0 - cos(pi * done)) / 2.0 if self.anneal_strategy == "cos" else done
        return start + (end - start) * share
