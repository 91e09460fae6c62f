"""The session: the desk with its open documents, and the training run. The only bridge to the widgets.

Widgets read from it, change the document by `apply(edit)` alone, and listen to its signals.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoStack

from netstudio.catalogue import CATALOGUE
from netstudio.errors import DataError, EditError, NetStudioError, NonFiniteError
from netstudio.graph import Catalogue, Graph, Problem
from netstudio.graph.edits import Edit
from netstudio.graph.inside import Inside
from netstudio.graph.inside import Path as Inner
from netstudio.gui.desk import Desk
from netstudio.gui.document import Document
from netstudio.gui.graph_files import GraphFiles
from netstudio.gui.runs import Run
from netstudio.gui.worker import MakeTrainer, TrainingController, Weights, real_trainer
from netstudio.training.progress import History, Progress


class Session(Desk):
    """What the window works on: a desk whose document is edited and trained.

    `graph`, `analysis`, `selection`, `problems` and the undo stack are those of `document`, the one that is shown.
    `here` is what the canvas shows of it: the whole graph, or the inside of a block; the selection is of nodes there.
    `files` reads documents from files and writes them.
    """

    training_state_changed = Signal(str)
    history_changed = Signal(object)
    runs_changed = Signal()
    run_progressed = Signal(object)  # the Run that has new figures
    refused = Signal()  # a run could not start or go on: `problems` says why
    data_missing = Signal(str)  # a run has nothing to learn from: a text that says so

    def __init__(
        self, catalogue: Catalogue = CATALOGUE, make_trainer: MakeTrainer = real_trainer, parent: QObject | None = None
    ) -> None:
        super().__init__(catalogue, parent)
        self.files = GraphFiles(self)
        self.runs: list[Run] = []
        self._trained = self.document  # the document of the last run
        self.training = TrainingController(make_trainer, self)
        self.training.state_changed.connect(self.training_state_changed)
        self.training.progressed.connect(self._on_progress)
        self.training.failed.connect(self._on_failure)
        self.training.ended.connect(self._on_run_ended)

    # The document that is shown

    @property
    def path(self) -> Path | None:
        return self.document.path

    @property
    def folder(self) -> Path | None:
        """Where the document's data stand."""
        return self.document.folder

    @property
    def undo_stack(self) -> QUndoStack:
        return self.document.undo_stack

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is wrong with the document, and what its last run met."""
        return (*self.document.run_problems, *self.document.problems)

    @property
    def run_problems(self) -> tuple[Problem, ...]:
        return self.document.run_problems

    @property
    def modified(self) -> bool:
        return self.document.modified

    def apply(self, edit: Edit, merge_key: str | None = None) -> bool:
        """Make `edit` one undoable step; with the same `merge_key` as the step before, it joins that step.

        Where the graph refuses it, the reason goes out as a message, nothing changes, and the result is False.
        Without an open document, a new one begins.
        """
        if not self.is_open:
            self.new()
        try:
            self.document.apply(edit, merge_key)
        except EditError as error:
            self.message.emit("warning", str(error))
            return False
        return True

    def apply_here(self, edit: Edit, merge_key: str | None = None) -> bool:
        """As `apply`, to the graph that the canvas shows."""
        path = self.here.path
        if not path:
            return self.apply(edit, merge_key)
        return self.apply(Inside(path, edit), None if merge_key is None else f"{path} {merge_key}")

    def undo(self) -> None:
        self.undo_stack.undo()

    def redo(self) -> None:
        self.undo_stack.redo()

    def select(self, ids: Iterable[str]) -> None:
        """Select these nodes and no others; ids that are not on the canvas are passed over."""
        if self.document.select(ids):
            self.selection_changed.emit(self.selection)

    # Inside blocks

    @property
    def problems_here(self) -> tuple[Problem, ...]:
        """What is wrong on the canvas."""
        return self.here.problems if self.here.path else self.problems

    def enter(self, block: str) -> bool:
        """Show the inside of a block of the canvas; False, with a message, where it can't be opened."""
        path = (*self.here.path, block)
        self.go_to(path)
        if self.here.path != path:
            self.message.emit("warning", self.tr("{} is no block that can be opened.").format(block))
        return self.here.path == path

    def leave_block(self) -> None:
        """Show what the block stands in, the block selected; nothing where the whole graph is shown."""
        path = self.here.path
        if path:
            self.go_to(path[:-1], (path[-1],))

    def go_to(self, path: Inner, select: Iterable[str] = ()) -> None:
        """Show the inside of the block that `path` leads to, () for the whole graph, and select nodes there.

        Where it leads to a block that can't be opened, that one is selected.
        """
        elsewhere = self.document.go_to(path)
        reached = len(self.here.path)
        if reached < len(path):
            select = (path[reached],)
        if elsewhere:
            self.document.select(select)
            self.graph_changed.emit(self.graph)
            self.selection_changed.emit(self.selection)
            self.problems_changed.emit()
        else:
            self.select(select)

    # Training

    @property
    def training_state(self) -> str:
        """ "idle", "compiling", "running", "paused" or "stopping"."""
        return self.training.state

    @property
    def trains_this(self) -> bool:
        """Whether the current or last run is of the document that is shown."""
        return self._trained is self.document

    @property
    def in_training(self) -> Document | None:
        """The document that is being trained, if one is."""
        return self._trained if self.training.active else None

    @property
    def model(self) -> Any:
        """The last trained model, or None."""
        return self.training.model

    @property
    def history(self) -> History:
        """The figures of the current or last run, an entry an epoch."""
        return self.training.history

    def open_model(self, graph: Graph, model: Any, folder: Path, kept: bool = False) -> None:
        """Open the graph of a model that was imported: it has no file yet, and its runs begin with the model's weights.

        The model counts as the last trained one, unless a run is about to make another. `kept` says that it comes from
        one of our own model files, which can be opened again.
        """
        idle = not self.training.active
        if idle:
            self.training.model = model
        document = self.add_graph(graph, folder=folder, modified=not kept)
        document.weights, document.model = model.weights, model
        document.kept_model = model if kept else None
        self.document_changed.emit()  # there is a model to take away now
        if idle:
            self._trained = document

    def run(self) -> None:
        """Train a snapshot of the graph; a paused run of it goes on."""
        if not self._paused():
            self._start()
        elif self._is_here():
            self.training.resume()

    def run_further(self) -> None:
        """Train on, from the weights of the document's model, where they fit."""
        if self.training.active or self.document.model is None:
            return
        self._start(weights=self.document.model.weights)

    def step(self) -> None:
        """Train one batch and pause."""
        if not self._paused():
            self._start(paused=True)
        elif self._is_here():
            self.training.step()

    def step_epoch(self) -> None:
        """Train to the end of an epoch and pause."""
        if not self._paused():
            self._start(one_epoch=True)
        elif self._is_here():
            self.training.step_epoch()

    def pause(self) -> None:
        self.training.pause()

    def resume(self) -> None:
        self.training.resume()

    def stop(self) -> None:
        self.training.stop()

    def _paused(self) -> bool:
        return self.training.state == "paused"

    def _is_here(self) -> bool:
        """Whether the run is of the document that is shown; where it is another's, that is said."""
        if not self.trains_this:
            text = self.tr("The run of “{}” is paused: stop it before another begins, or go on with it in its own tab.")
            self.message.emit("warning", text.format(self._trained.title))
        return self.trains_this

    def _start(self, paused: bool = False, one_epoch: bool = False, weights: Weights | None = None) -> None:
        if self.training.active:
            return
        error = next((p for p in self.document.problems if p.severity == "error"), None)
        if error is not None:
            self.message.emit("error", self.tr("The graph can't be trained yet: {}").format(error.message))
            self.refused.emit()
            return
        self._trained = self.document
        self._set_run_problems(())
        self.runs.append(Run(len(self.runs) + 1, self.graph, self.folder))
        self.runs_changed.emit()
        first = self.document.weights if weights is None else weights
        self.training.start(self.graph, self.folder, paused, one_epoch, first)

    def _on_progress(self, batch: tuple[Progress, ...]) -> None:
        run = self.runs[-1]
        for progress in batch:
            run.add(progress)
        self.run_progressed.emit(run)
        if any(p.event == "epoch" for p in batch):
            self.history_changed.emit(self.history)

    def _on_failure(self, error: Exception) -> None:
        self.refused.emit()
        self.runs[-1].failed = True
        if not isinstance(error, NetStudioError):
            text = self.tr("Training stopped by a fault: {}").format(f"{error!r}")
            self._set_run_problems((Problem("error", text),))
            self.message.emit("error", text)
            return
        if isinstance(error, DataError) and not self.runs[-1].graph.data.get("source"):
            text = self.tr("The graph has no data to learn from: import some, or choose a source in the run settings.")
            self._set_run_problems((Problem("error", text),))
            self.message.emit("error", text)
            self.data_missing.emit(text)
            return
        node = error.node if isinstance(error, NonFiniteError) else None
        self._set_run_problems((Problem("error", str(error), node),))
        self.message.emit("error", str(error))
        if node is not None and self.trains_this:
            self.go_to((), (node,))

    def _on_run_ended(self) -> None:
        self.runs[-1].finished = True
        if self.training.made is not None:
            last = self.runs[-1].last
            self._trained.model, self._trained.model_seconds = self.training.made, last.seconds if last else 0.0
        self.history_changed.emit(self.history)
        self.runs_changed.emit()

    def _set_run_problems(self, problems: tuple[Problem, ...]) -> None:
        if problems != self._trained.run_problems:
            self._trained.run_problems = problems
            self.problems_changed.emit()
