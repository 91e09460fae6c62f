"""The base of every callback."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from netstudio.graph.declared import Declared


class Run(Protocol):
    """What a callback may look at and do."""

    learning_rate: float

    def stop(self) -> None: ...

    @property
    def model(self) -> Any: ...


class Callback(Declared, abstract=True):
    """Watches a run and may change its course. A run starts with `begin`, which forgets any run before."""

    def begin(self, run: Run) -> None:
        """The run is about to start."""

    def epoch_end(self, run: Run, epoch: int, logs: Mapping[str, float]) -> None:
        """An epoch (counted from 0) is done, with the figures that went into the history."""

    def end(self, run: Run) -> None:
        """The run is over."""
