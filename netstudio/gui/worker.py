"""Training beside the window: a worker thread that trains a snapshot of the graph, and its control.

The worker touches no Qt object. It appends what happens to a deque, and a timer of the window's thread takes it out
some thirty times a second: a signal a step would stall the event loop.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, Protocol

from PySide6.QtCore import QObject, QTimer, Signal

from netstudio.graph import Graph
from netstudio.training.progress import History, Progress

DRAIN_MS = 33
Weights = Mapping[str, Any]
State = Literal["idle", "compiling", "running", "paused", "stopping"]


class TrainerLike(Protocol):
    """What the controller needs of a trainer; its methods may be called from any thread."""

    @property
    def model(self) -> Any: ...
    @property
    def history(self) -> History: ...
    def run(self, paused: bool = False) -> Iterator[Progress]: ...
    def pause(self) -> None: ...
    def resume(self) -> None: ...
    def stop(self) -> None: ...
    def step_once(self) -> None: ...


Tell = Callable[[str], None]  # takes what the preparation is busy with
MakeTrainer = Callable[[Graph, Path | None, Tell], TrainerLike]


def real_trainer(graph: Graph, folder: Path | None, tell: Tell) -> TrainerLike:
    """Load the data and compile `graph`. The engine is imported here, on the worker: the window comes up first."""
    from netstudio.engine.kernels import cache
    from netstudio.training.trainer import Trainer

    cache.on_compile = tell
    return Trainer.from_graph(graph, folder=folder)


class _Ready:
    """Event: compiled, and about to run."""


class _Busy:
    """Event: preparing, and with what."""

    def __init__(self, kernel: str) -> None:
        self.kernel = kernel


class _Held:
    """Event: paused at the end of an epoch, as was asked."""


class _Ended:
    """Event: the run is over; `error` is what ended it early."""

    def __init__(self, error: Exception | None) -> None:
        self.error = error


class _Job:
    """One run on its own thread. Knows no Qt, so it may outlive the window that started it."""

    def __init__(
        self, make_trainer: MakeTrainer, graph: Graph, folder: Path | None, paused: bool, weights: Weights
    ) -> None:
        self.events: deque[Progress | _Busy | _Ready | _Held | _Ended] = deque()
        self.one_epoch = False  # pause when the epoch is done
        self.trainer: TrainerLike | None = None
        self._stopped = threading.Event()
        self._arguments = (make_trainer, graph, folder, paused)
        self._weights = weights
        self.thread = threading.Thread(target=self._work, name="training", daemon=True)

    def stop(self) -> None:
        self._stopped.set()
        if self.trainer is not None:
            self.trainer.stop()

    def _work(self) -> None:
        make_trainer, graph, folder, paused = self._arguments
        error: Exception | None = None
        try:
            self.trainer = make_trainer(graph, folder, lambda kernel: self.events.append(_Busy(kernel)))
            if self._weights:
                _begin_with(self.trainer.model, self._weights)
            self.events.append(_Ready())
            if not self._stopped.is_set():
                self._train(self.trainer, paused)
        except Exception as caught:  # whatever happens on the worker is shown by the window
            error = caught
        finally:
            self.events.append(_Ended(error))

    def _train(self, trainer: TrainerLike, paused: bool) -> None:
        for progress in trainer.run(paused=paused):
            self.events.append(progress)
            if progress.event == "epoch" and self.one_epoch:
                self.one_epoch = False
                trainer.pause()
                self.events.append(_Held())


def _begin_with(model: Any, weights: Weights) -> None:
    """Put these weights in the place of the model's, as far as they fit: a layer that was changed begins anew."""
    own = model.weights
    model.set_weights(own | {n: weights[n] for n, a in own.items() if n in weights and weights[n].shape == a.shape})


def _stop_all(jobs: list[_Job]) -> None:
    for job in jobs:
        job.stop()


class TrainingController(QObject):
    """Starts, pauses, steps and stops one training run at a time. Signals are emitted on the window's thread."""

    state_changed = Signal(str)
    busy_with = Signal(str)  # the kernel that is compiled, the first time it is used on this machine
    progressed = Signal(object)  # tuple of Progress, oldest first
    failed = Signal(object)  # the exception that ended the run
    ended = Signal()

    def __init__(self, make_trainer: MakeTrainer = real_trainer, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.make_trainer = make_trainer
        self.state: State = "idle"
        self.model: Any = None
        self.made: Any = None  # the model of the current or last run, None where it came to none
        self.history = History()
        self._job: _Job | None = None
        self._pause_wanted = False
        self._step_wanted = False
        self._unfinished: list[_Job] = []  # the running one, for when the window goes without waiting for it
        self.destroyed.connect(partial(_stop_all, self._unfinished))
        self._timer = QTimer(self)
        self._timer.setInterval(DRAIN_MS)
        self._timer.timeout.connect(self.drain)

    @property
    def active(self) -> bool:
        return self.state != "idle"

    @property
    def _trainer(self) -> TrainerLike | None:
        return self._job.trainer if self._job else None

    def start(
        self,
        graph: Graph,
        folder: Path | None,
        paused: bool = False,
        one_epoch: bool = False,
        weights: Weights = MappingProxyType({}),
    ) -> None:
        """Compile and train `graph`, to its first batch or epoch alone if so asked. Nothing happens during a run.

        It begins with `weights` ("node/weight") as far as they fit.
        """
        if self.active:
            return
        self._pause_wanted = self._step_wanted = paused
        self.history = History()
        self.made = None
        self._job = _Job(self.make_trainer, graph, folder, paused, weights)
        self._job.one_epoch = one_epoch
        self._unfinished.append(self._job)
        self._set_state("compiling")
        self._job.thread.start()
        self._timer.start()

    def pause(self) -> None:
        """Hold within one step, keeping everything."""
        self._pause_wanted = True
        if self.state == "running" and self._trainer is not None:
            self._trainer.pause()
            self._set_state("paused")

    def resume(self) -> None:
        self._pause_wanted = False
        if self.state == "paused" and self._trainer is not None:
            self._trainer.resume()
            self._set_state("running")

    def step(self) -> None:
        """Train one batch of a paused run."""
        if self.state == "paused" and self._trainer is not None:
            self._trainer.step_once()

    def step_epoch(self) -> None:
        """Let a paused run go on to the end of its epoch."""
        if self.state == "paused" and self._job is not None:
            self._job.one_epoch = True
            self.resume()

    def stop(self) -> None:
        """End within one step and keep the weights."""
        if self._job is not None and self.state != "stopping":
            self._job.stop()
            self._set_state("stopping")

    def wait(self, seconds: float) -> bool:
        """Stop and wait for the worker; False where it did not end in time."""
        self.stop()
        if self._job is not None:
            self._job.thread.join(seconds)
            if self._job.thread.is_alive():
                return False
        self.drain()
        return True

    def drain(self) -> None:
        """Take out what the worker reported and pass it on."""
        progress: list[Progress] = []
        while self._job is not None and self._job.events:
            event = self._job.events.popleft()
            if isinstance(event, Progress):
                progress.append(event)
                continue
            if progress:
                self.progressed.emit(tuple(progress))
                progress = []
            if isinstance(event, _Ended):
                self._on_ended(event.error)
            elif isinstance(event, _Busy):
                self.busy_with.emit(event.kernel)
            elif isinstance(event, _Held):
                self._on_held()
            else:
                self._on_ready()
        if progress:
            self.progressed.emit(tuple(progress))

    def _on_ready(self) -> None:
        assert self._trainer is not None
        self.history = self._trainer.history
        if self.state != "compiling":
            return
        if self._pause_wanted:
            self._trainer.pause()
        if self._step_wanted:
            self._trainer.step_once()
        self._set_state("paused" if self._pause_wanted else "running")

    def _on_held(self) -> None:
        if self.state == "running":
            self._pause_wanted = True
            self._set_state("paused")

    def _on_ended(self, error: Exception | None) -> None:
        assert self._job is not None
        self._timer.stop()
        if self._trainer is not None:
            self.model = self.made = self._trainer.model
            self.history = self._trainer.history
        self._job.thread.join()  # it has nothing left to do but return
        self._job = None
        self._unfinished.clear()
        self._set_state("idle")
        if error is not None:
            self.failed.emit(error)
        self.ended.emit()

    def _set_state(self, state: State) -> None:
        if state != self.state:
            self.state = state
            self.state_changed.emit(state)
