"""What a training run tells while it goes on."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True)
class Progress:
    """Where a run stands. Epochs and steps count from 1; `step` of `steps` in this epoch are done.

    `logs` holds the epoch's running figures, "loss" first; at the event "epoch" it is the finished epoch's entry in the
    history, "val_..." included. `step_losses` are the losses of the steps since the last Progress, oldest first.
    """

    event: Literal["steps", "epoch"]
    epoch: int
    epochs: int
    step: int
    steps: int
    logs: Mapping[str, float]
    step_losses: tuple[float, ...] = ()
    samples_per_second: float = 0.0
    seconds: float = 0.0


@dataclass
class History:
    """Keras's: a list of figures an epoch for each name, "loss" and "val_loss" among them.

    Each list has a figure for each epoch: NaN where the epoch had none, as of a metric that a resumed run adds.
    """

    history: dict[str, list[float]] = field(default_factory=dict)
    epoch: list[int] = field(default_factory=list)

    def add(self, epoch: int, logs: Mapping[str, float]) -> None:
        """Take the figures of one finished epoch (counted from 0, as Keras does)."""
        before = len(self.epoch)
        self.epoch.append(epoch)
        for key in [*self.history, *(key for key in logs if key not in self.history)]:
            self.history.setdefault(key, [math.nan] * before).append(float(logs.get(key, math.nan)))

    def cut(self, epochs: int) -> None:
        """Forget what came after so many epochs."""
        del self.epoch[epochs:]
        for values in self.history.values():
            del values[epochs:]
