"""EarlyStopping: end a run that gets no better."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from netstudio.graph.params import Bool, Int
from netstudio.training.callbacks.base import Run
from netstudio.training.callbacks.monitor import Monitor

WEIGHTS = "weights/"


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
        self._stop_where_done(run)

    def _stop_where_done(self, run: Run) -> None:
        if self.waited and self.waited >= self.patience:
            run.stop()

    def state(self) -> Mapping[str, Any]:
        best = self.__dict__["_weights"] or {}
        return {**super().state(), **{f"{WEIGHTS}{name}": values for name, values in best.items()}}

    def restore(self, run: Run, state: Mapping[str, Any]) -> None:
        """A run that had ended by this callback is over at once."""
        super().restore(run, state)
        best = {name.removeprefix(WEIGHTS): v for name, v in state.items() if name.startswith(WEIGHTS)}
        if best and self.restore_best_weights:
            run.model.require_weights(best)
            self.__dict__["_weights"] = best
        self._stop_where_done(run)

    def end(self, run: Run) -> None:
        if self.__dict__["_weights"] is not None:
            run.model.set_weights(self.__dict__["_weights"])
