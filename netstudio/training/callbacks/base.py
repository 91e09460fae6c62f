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
    """Watches a run and may change its course. A run starts with `begin`, which forgets any run before.

    A checkpoint keeps its `state`, and a run that goes on from there calls `restore` after `begin`.
    """

    @property
    def identity(self) -> str:
        """Only a callback of the same identity goes on from a state."""
        return self.name

    def state(self) -> Mapping[str, Any]:
        """What it has seen of the run: plain JSON, and arrays, by name."""
        return {}

    def restore(self, run: Run, state: Mapping[str, Any]) -> None:
        """Go on from what `state` gave. ModelFileError where it can't be that."""

    def begin(self, run: Run) -> None:
        """The run is about to start."""

    def epoch_end(self, run: Run, epoch: int, logs: Mapping[str, float]) -> None:
        """An epoch (counted from 0) is done, with the figures that went into the history."""

    def end(self, run: Run) -> None:
        """The run is over."""
