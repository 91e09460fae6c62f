"""The figures of one training run, as the charts and the list of runs show them. Knows no Qt."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from pathlib import Path

from netstudio.graph import Graph
from netstudio.training.progress import Progress


@dataclass
class Run:
    """A run of this session: the graph that was trained and its curves.

    `step_losses` has one entry a step. `epochs` has, by name ("loss", "val_accuracy"), the finished epochs' numbers
    (counted from 1) and figures.
    """

    number: int  # from 1; 0 where nothing was trained
    graph: Graph
    folder: Path | None = None  # where its data stand
    step_losses: array[float] = field(default_factory=lambda: array("d"))
    epochs: dict[str, tuple[array[float], array[float]]] = field(default_factory=dict)
    last: Progress | None = None
    samples_per_second: float = 0.0  # of the steps told of last: an epoch's end has no speed of its own
    finished: bool = False
    failed: bool = False
    shown: bool = True

    @property
    def title(self) -> str:
        return f"{self.number} · {self.graph.name}" if self.number else self.graph.name

    def add(self, progress: Progress) -> None:
        """Take what the trainer reported."""
        self.step_losses.extend(progress.step_losses)
        self.last = progress
        self.samples_per_second = progress.samples_per_second or self.samples_per_second
        if progress.event == "epoch":
            for name, value in progress.logs.items():
                numbers, values = self.epochs.setdefault(name, (array("d"), array("d")))
                numbers.append(progress.epoch)
                values.append(value)

    def final(self, name: str) -> float | None:
        """The last epoch's figure of that name."""
        return self.epochs[name][1][-1] if name in self.epochs else None
