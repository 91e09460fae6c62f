"""EarlyStopping: end a run that gets no better."""

from __future__ import annotations

from collections.abc import Mapping

from netstudio.graph.params import Bool, Int
from netstudio.training.callbacks.base import Run
from netstudio.training.callbacks.monitor import Monitor


class EarlyStopping(Monitor):
    """Ends the run when the watched figure has stopped getting better."""

    restore_best_weights = Bool(False, doc="Go back to the weights of the best epoch at the end.")
    start_from_epoch = Int(0, minimum=0, doc="The epoch, from 0, at which to begin to watch.")

    def begin(self, run: Run) -> None:
        super().begin(run)
        self.__dict__["_weights"] = None

    def epoch_end(self, run: Run, epoch: int, logs: Mapping[str, float]) -> None:
        if epoch < self.start_from_epoch:
            return
        if self.improved(logs) and self.restore_best_weights:
            self.__dict__["_weights"] = run.model.weights
        if self.waited and self.waited >= self.patience:
            run.stop()

    def end(self, run: Run) -> None:
        if self.__dict__["_weights"] is not None:
            run.model.set_weights(self.__dict__["_weights"])
