"""The session: the document, its undo stack, the selection and the training run. The only bridge to the widgets.

Widgets read from it, change the document by `apply(edit)` alone, and listen to its signals.
"""

from __future__ import annotations

import functools
import weakref
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack
from shiboken6 import Shiboken

from netstudio.catalogue import CATALOGUE
from netstudio.errors import EditError, NetStudioError, NonFiniteError
from netstudio.graph import Analysis, Catalogue, Graph, Problem, analyse
from netstudio.graph.edits import Edit
from netstudio.gui.runs import Run
from netstudio.gui.worker import MakeTrainer, TrainingController, real_trainer
from netstudio.training.progress import History, Progress

# The steps of each session's undo stack, until the stack is gone. A stack deletes its steps, and crashes where Python
# freed one before: so none may be garbage while its stack lives, in whatever order the collector takes a cycle apart.
_KEPT: dict[int, list[_Step]] = {}


class Session(QObject):
    """What the window works on.

    `graph_changed` carries the new Graph and comes when `graph`, `analysis` and `selection` are all up to date.
    `message` carries a level ("info", "warning" or "error") and a text for people.
    """

    graph_changed = Signal(object)
    selection_changed = Signal(object)
    document_changed = Signal()  # path, name or modified
    problems_changed = Signal()
    undo_changed = Signal()  # what can be undone or redone
    training_state_changed = Signal(str)
    history_changed = Signal(object)
    runs_changed = Signal()
    run_progressed = Signal(object)  # the Run that has new figures
    message = Signal(str, str)
    refused = Signal()  # a run could not start or go on: `problems` says why

    def __init__(
        self, catalogue: Catalogue = CATALOGUE, make_trainer: MakeTrainer = real_trainer, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.catalogue = catalogue
        self.undo_stack = QUndoStack(self)
        self._steps: list[_Step] = []
        _KEPT[id(self._steps)] = self._steps
        self.undo_stack.destroyed.connect(functools.partial(_KEPT.pop, id(self._steps), None))
        self.path: Path | None = None
        self.folder: Path | None = None
        self.is_open = False
        self.runs: list[Run] = []
        self.run_problems: tuple[Problem, ...] = ()
        self._graph = Graph()
        self._analysis = analyse(self._graph, catalogue)
        self._selection: tuple[str, ...] = ()
        self.training = TrainingController(make_trainer, self)
        self.training.state_changed.connect(self.training_state_changed)
        self.training.progressed.connect(self._on_progress)
        self.training.failed.connect(self._on_failure)
        self.training.ended.connect(self._on_run_ended)
        self.undo_stack.cleanChanged.connect(self._on_clean_changed)
        self.undo_stack.indexChanged.connect(self._on_index_changed)

    # The document

    @property
    def graph(self) -> Graph:
        return self._graph

    @property
    def analysis(self) -> Analysis:
        return self._analysis

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is wrong with the document, and what the last run met."""
        return (*self.run_problems, *self._analysis.problems)

    @property
    def modified(self) -> bool:
        return not self.undo_stack.isClean()

    def apply(self, edit: Edit, merge_key: str | None = None) -> bool:
        """Make `edit` one undoable step; with the same `merge_key` as the step before, it joins that step.

        Where the graph refuses it, the reason goes out as a message, nothing changes, and the result is False.
        """
        try:
            after = edit.apply(self._graph, self.catalogue)
        except EditError as error:
            self.message.emit("warning", str(error))
            return False
        if after != self._graph:
            step = _Step(self, edit.title, self._graph, after, merge_key)
            self._steps[:] = [*(s for s in self._steps if Shiboken.isValid(s)), step]
            self.undo_stack.push(step)
        return True

    def undo(self) -> None:
        self.undo_stack.undo()

    def redo(self) -> None:
        self.undo_stack.redo()

    def close(self) -> None:
        """Have no document open: what the window starts with."""
        self.open_graph(Graph())
        self.is_open = False
        self.document_changed.emit()

    def show_graph(self, graph: Graph) -> None:
        """Make `graph` the current one without an undo step: what the steps of the undo stack do."""
        self._graph = graph
        self._analysis = analyse(graph, self.catalogue, self._analysis)
        self.is_open = True
        kept = tuple(id for id in self._selection if id in graph.nodes)
        shrunk, self._selection = kept != self._selection, kept
        self.graph_changed.emit(graph)
        if shrunk:
            self.selection_changed.emit(self._selection)
        self.problems_changed.emit()

    def _on_clean_changed(self, clean: bool) -> None:
        self.document_changed.emit()

    def _on_index_changed(self, index: int) -> None:
        self.undo_changed.emit()

    # The selection

    @property
    def selection(self) -> tuple[str, ...]:
        return self._selection

    def select(self, ids: Iterable[str]) -> None:
        """Select these nodes and no others; ids that the graph does not have are passed over."""
        chosen = tuple(dict.fromkeys(id for id in ids if id in self._graph.nodes))
        if chosen != self._selection:
            self._selection = chosen
            self.selection_changed.emit(chosen)

    # Files

    def new(self) -> None:
        self.open_graph(Graph())

    def open_graph(self, graph: Graph, path: Path | str | None = None, folder: Path | None = None) -> None:
        """Make `graph` the document, unmodified and with nothing to undo.

        Its data stand in `folder`, which is the folder of `path` unless it is given.
        """
        self.path = None if path is None else Path(path)
        self.folder = folder or (self.path.parent if self.path else None)
        self.run_problems = ()
        self.undo_stack.clear()
        self.select(())
        self.show_graph(graph)
        self.document_changed.emit()

    def open(self, path: Path | str, as_copy: bool = False) -> bool:
        """Read a graph document; where it can't be read, the reason goes out as a message and nothing changes.

        With `as_copy` the document has no file of its own yet: saving asks for one.
        """
        from netstudio.files.documents import load_graph  # pydantic takes a while: the window comes up first

        try:
            graph = load_graph(path, self.catalogue)
        except (NetStudioError, OSError) as error:
            self.message.emit("error", str(error))
            return False
        self.open_graph(graph, None if as_copy else path, Path(path).parent)
        return True

    def save(self, path: Path | str | None = None) -> bool:
        """Write the document to `path`, or to where it came from; False where it could not be written."""
        from netstudio.files.documents import save_graph

        target = self.path if path is None else Path(path)
        if target is None:
            self.message.emit("error", self.tr("The graph has no file yet; choose one with Save As."))
            return False
        try:
            save_graph(self._graph, target)
        except (NetStudioError, OSError) as error:
            self.message.emit("error", str(error))
            return False
        self.path, self.folder = target, target.parent
        self.undo_stack.setClean()
        self.document_changed.emit()
        return True

    # Training

    @property
    def training_state(self) -> str:
        """ "idle", "compiling", "running", "paused" or "stopping"."""
        return self.training.state

    @property
    def model(self) -> Any:
        """The last trained model, or None."""
        return self.training.model

    @property
    def history(self) -> History:
        """The figures of the current or last run, an entry an epoch."""
        return self.training.history

    def run(self) -> None:
        """Train a snapshot of the graph; a paused run goes on."""
        if self.training.state == "paused":
            self.training.resume()
        else:
            self._start()

    def step(self) -> None:
        """Train one batch and pause."""
        if self.training.state == "paused":
            self.training.step()
        else:
            self._start(paused=True)

    def step_epoch(self) -> None:
        """Train to the end of an epoch and pause."""
        if self.training.state == "paused":
            self.training.step_epoch()
        else:
            self._start(one_epoch=True)

    def pause(self) -> None:
        self.training.pause()

    def resume(self) -> None:
        self.training.resume()

    def stop(self) -> None:
        self.training.stop()

    def _start(self, paused: bool = False, one_epoch: bool = False) -> None:
        if self.training.active:
            return
        error = next((p for p in self._analysis.problems if p.severity == "error"), None)
        if error is not None:
            self.message.emit("error", self.tr("The graph can't be trained yet: {}").format(error.message))
            self.refused.emit()
            return
        self._set_run_problems(())
        self.runs.append(Run(len(self.runs) + 1, self._graph))
        self.runs_changed.emit()
        self.training.start(self._graph, self.folder, paused, one_epoch)

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
        node = error.node if isinstance(error, NonFiniteError) else None
        self._set_run_problems((Problem("error", str(error), node),))
        self.message.emit("error", str(error))
        if node is not None:
            self.select((node,))

    def _on_run_ended(self) -> None:
        self.runs[-1].finished = True
        self.history_changed.emit(self.history)
        self.runs_changed.emit()

    def _set_run_problems(self, problems: tuple[Problem, ...]) -> None:
        if problems != self.run_problems:
            self.run_problems = problems
            self.problems_changed.emit()


class _Step(QUndoCommand):
    """One edit: the graph before and the graph after. Graphs never change, so that is all there is to undo."""

    def __init__(self, session: Session, title: str, before: Graph, after: Graph, merge_key: str | None) -> None:
        super().__init__(title)
        self._session = weakref.ref(session)
        self.before, self.after, self.merge_key = before, after, merge_key

    def id(self) -> int:
        return -1 if self.merge_key is None else 1

    def mergeWith(self, other: QUndoCommand) -> bool:
        if not isinstance(other, _Step) or other.merge_key != self.merge_key:
            return False
        self.after = other.after
        self.setObsolete(self.after == self.before)
        return True

    def redo(self) -> None:
        self._show(self.after)

    def undo(self) -> None:
        self._show(self.before)

    def _show(self, graph: Graph) -> None:
        session = self._session()
        if session is not None:
            session.show_graph(graph)
