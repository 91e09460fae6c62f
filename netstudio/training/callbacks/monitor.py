"""Watching one figure of the history."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from netstudio.errors import ModelFileError, TrainingError, suggestion
from netstudio.graph.params import Choice, Float, Int, Text
from netstudio.metrics import METRICS
from netstudio.metrics.base import snake_case
from netstudio.training.callbacks.base import Callback, Run

# The names, in the history, of figures of which more is better.
RISING = tuple(name for metric in METRICS if metric.rises for name in (snake_case(metric.name), *metric.aliases))


class Monitor(Callback, abstract=True):
    """A callback that acts when a figure has stopped getting better."""

    monitor = Text("val_loss", doc="The figure of the history to watch.")
    mode = Choice(("auto", "min", "max"), "auto", doc='Whether less or more is better; "auto" tells by the name.')
    min_delta = Float(0.0, minimum=0.0, doc="A smaller change is no improvement.")
    patience = Int(0, minimum=0, doc="For how many epochs without improvement to wait.")

    def begin(self, run: Run) -> None:
        self.__dict__.update(_best=math.inf, _waited=0)

    def improved(self, logs: Mapping[str, float]) -> bool:
        """Take an epoch's figure; whether it is the best so far. TrainingError where there is no such figure."""
        if self.monitor not in logs:
            near = suggestion(self.monitor, logs) or f"; there are {', '.join(logs)}"
            raise TrainingError(f"{self.name} watches {self.monitor!r}, which is not in the history{near}")
        rises = self.mode == "max" or (self.mode == "auto" and self.monitor.endswith(RISING))
        value = -logs[self.monitor] if rises else logs[self.monitor]
        better = bool(value < self.__dict__["_best"] - self.min_delta)
        self.__dict__["_waited"] = 0 if better else self.__dict__["_waited"] + 1
        if better:
            self.__dict__["_best"] = value
        return better

    @property
    def identity(self) -> str:
        """What was the best of one figure says nothing of another."""
        return f"{self.name} {self.monitor} {self.mode}"

    def state(self) -> Mapping[str, Any]:
        best = float(self.__dict__["_best"])
        return {"best": best if math.isfinite(best) else None, "waited": self.waited}

    def restore(self, run: Run, state: Mapping[str, Any]) -> None:
        best, waited = state.get("best"), state.get("waited")
        if not isinstance(waited, int) or waited < 0 or not isinstance(best, (int, float, type(None))):
            raise ModelFileError(f"the checkpoint does not say where {self.name} stood; make a new one")
        self.__dict__.update(_best=math.inf if best is None else float(best), _waited=waited)

    @property
    def waited(self) -> int:
        """Epochs since the last improvement."""
        return int(self.__dict__["_waited"])
