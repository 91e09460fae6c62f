"""ReduceLROnPlateau: smaller steps when a figure gets no better."""

from __future__ import annotations

from collections.abc import Mapping

from netstudio.graph.params import Float, Int
from netstudio.training.callbacks.base import Run
from netstudio.training.callbacks.monitor import Monitor


class ReduceLROnPlateau(Monitor):
    """Multiplies the learning rate by a factor when the watched figure has stopped getting better."""

    factor = Float(0.1, above=0.0, below=1.0, doc="What the learning rate is multiplied by.")
    patience = Int(10, minimum=0, doc="For how many epochs without improvement to wait.")
    min_lr = Float(0.0, minimum=0.0, doc="The learning rate goes no lower.")

    def epoch_end(self, run: Run, epoch: int, logs: Mapping[str, float]) -> None:
        if not self.improved(logs) and self.waited >= self.patience:
            run.learning_rate = max(run.learning_rate * self.factor, self.min_lr)
            self.__dict__["_waited"] = 0
