"""What a training run tells while it goes on."""

from __future__ import annotations

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
    """Keras's: a list of figures an epoch for each name, "loss" and "val_loss" among them."""

    history: dict[str, list[float]] = field(default_factory=dict)
    epoch: list[int] = field(default_factory=list)

    def add(self, epoch: int, logs: Mapping[str, float]) -> None:
        """Take the figures of one finished epoch (counted from 0, as Keras does)."""
        self.epoch.append(epoch)
        for key, value in logs.items():
            self.history.setdefault(key, []).append(float(value))
