"""The session: the open documents, the one that is shown, and the training run. The only bridge to the widgets.

Widgets read from it, change the document by `apply(edit)` alone, and listen to its signals.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoStack

from netstudio.catalogue import CATALOGUE
from netstudio.errors import EditError, NetStudioError, NonFiniteError
from netstudio.graph import Analysis, Catalogue, Graph, Problem
from netstudio.graph.edits import Edit, SetData
from netstudio.graph.inside import Inside
from netstudio.graph.inside import Path as Inner
from netstudio.gui.document import Document
from netstudio.gui.level import Level
from netstudio.gui.runs import Run
from netstudio.gui.worker import MakeTrainer, TrainingController, real_trainer
from netstudio.training.progress import History, Progress


class Session(QObject):
    """What the window works on: `document` is the one that is shown, `documents` are all that are open.

    `graph`, `analysis`, `selection`, `problems` and the undo stack are those of `document`. Without an open document
    it is an empty one that `documents` does not hold. `here` is what the canvas shows: the whole graph, or the inside
    of a block; the selection is of nodes there. `graph_changed` carries the whole Graph and comes when `graph`,
    `analysis`, `here` and `selection` are all up to date. `message` carries a level ("info", "warning" or "error") and
    a text for people.
    """

    graph_changed = Signal(object)
    selection_changed = Signal(object)
    document_changed = Signal()  # path, name or modified
    documents_changed = Signal()  # which are open, in which order, and which is shown
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
        self.runs: list[Run] = []
        self._nothing = self._made(Graph())
        self._document = self._nothing
        self._documents: list[Document] = []
        self._trained = self._nothing  # the document of the last run
        self.training = TrainingController(make_trainer, self)
        self.training.state_changed.connect(self.training_state_changed)
        self.training.progressed.connect(self._on_progress)
        self.training.failed.connect(self._on_failure)
        self.training.ended.connect(self._on_run_ended)

    # The document that is shown

    @property
    def document(self) -> Document:
        return self._document

    @property
    def is_open(self) -> bool:
        """Whether a document is shown."""
        return self._document is not self._nothing

    @property
    def graph(self) -> Graph:
        return self._document.graph

    @property
    def analysis(self) -> Analysis:
        return self._document.analysis

    @property
    def path(self) -> Path | None:
        return self._document.path

    @property
    def folder(self) -> Path | None:
        """Where the document's data stand."""
        return self._document.folder

    @property
    def undo_stack(self) -> QUndoStack:
        return self._document.undo_stack

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is wrong with the document, and what its last run met."""
        return (*self._document.run_problems, *self._document.problems)

    @property
    def run_problems(self) -> tuple[Problem, ...]:
        return self._document.run_problems

    @property
    def modified(self) -> bool:
        return self._document.modified

    def apply(self, edit: Edit, merge_key: str | None = None) -> bool:
        """Make `edit` one undoable step; with the same `merge_key` as the step before, it joins that step.

        Where the graph refuses it, the reason goes out as a message, nothing changes, and the result is False.
        Without an open document, a new one begins.
        """
        if not self.is_open:
            self.new()
        try:
            self._document.apply(edit, merge_key)
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

    @property
    def selection(self) -> tuple[str, ...]:
        return self._document.selection

    def select(self, ids: Iterable[str]) -> None:
        """Select these nodes and no others; ids that are not on the canvas are passed over."""
        if self._document.select(ids):
            self.selection_changed.emit(self.selection)

    # Inside blocks

    @property
    def here(self) -> Level:
        """What the canvas shows of the document."""
        return self._document.here

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
        elsewhere = self._document.go_to(path)
        reached = len(self.here.path)
        if reached < len(path):
            select = (path[reached],)
        if elsewhere:
            self._document.select(select)
            self.graph_changed.emit(self.graph)
            self.selection_changed.emit(self.selection)
            self.problems_changed.emit()
        else:
            self.select(select)

    # The open documents

    @property
    def documents(self) -> tuple[Document, ...]:
        """Those that are open, in the order of their tabs."""
        return tuple(self._documents)

    def show(self, document: Document) -> None:
        """Bring an open document to the front."""
        if document is not self._document:
            self._document = document
            self._tell_all()

    def leave(self) -> None:
        """Show no document; all stay open."""
        self.show(self._nothing)

    def new(self) -> None:
        """Begin an empty document; one that is empty already will do."""
        if not (self.is_open and self._document.blank):
            self._add(self._made(Graph()))

    def open_graph(self, graph: Graph, path: Path | str | None = None, folder: Path | None = None) -> None:
        """Put `graph` in the place of the document that is shown, unmodified and with nothing to undo.

        Its data stand in `folder`, which is the folder of `path` unless it is given.
        """
        made, old = self._made(graph, None if path is None else Path(path), folder), self._document
        if not self.is_open:
            self._add(made)
            return
        self._documents[self._documents.index(old)] = made
        self._document = made
        old.deleteLater()
        self._tell_all()

    def open(self, path: Path | str, as_copy: bool = False) -> bool:
        """Read a graph document and show it; where it can't be read, the reason goes out as a message.

        With `as_copy` the document has no file of its own yet: saving asks for one. A file that is open already is
        shown as it stands.
        """
        there = self.document_of(Path(path))
        if there is not None and not as_copy:
            self.show(there)
            return True
        graph = self._read(Path(path))
        if graph is None:
            return False
        if self.is_open and self._document.blank:
            self.open_graph(graph, None if as_copy else path, Path(path).parent)
        else:
            self._add(self._made(graph, None if as_copy else Path(path), Path(path).parent))
        return True

    def reload(self, document: Document) -> bool:
        """Read the file of an open document again, in place of what it is now; False where that can't be read."""
        self.show(document)
        graph = self._read(document.path) if document.path is not None else None
        if graph is not None:
            self.open_graph(graph, document.path)
        return graph is not None

    def restore(self, graph: Graph, path: Path | None) -> None:
        """Open a graph whose changes were never written to its file: it counts as modified."""
        made = self._made(graph, path)
        made.undo_stack.resetClean()
        if self.is_open and self._document.blank:
            self.close()
        self._add(made)

    def open_model(self, graph: Graph, model: Any, folder: Path) -> None:
        """Open the graph of a model that was imported: it has no file yet, and its runs begin with the model's weights.

        The model counts as the last trained one, unless a run is about to make another.
        """
        if not self.training.active:
            self.training.model = model
        self.restore(graph, None)
        self._document.weights, self._document.folder = model.weights, folder
        if not self.training.active:
            self._trained = self._document

    def document_of(self, path: Path) -> Document | None:
        """The open document of that file, if there is one."""
        wanted = path.resolve()
        return next((d for d in self._documents if d.path is not None and d.path.resolve() == wanted), None)

    def close(self, document: Document | None = None) -> None:
        """Close a document, the one that is shown unless another is named; its neighbour takes its place."""
        gone = document or self._document
        if gone not in self._documents:
            return
        at = self._documents.index(gone)
        self._documents.remove(gone)
        if gone is self._document:
            near = self._documents[min(at, len(self._documents) - 1)] if self._documents else self._nothing
            self._document = near
            self._tell_all()
        else:
            self.documents_changed.emit()
        gone.deleteLater()

    def reorder(self, documents: Sequence[Document]) -> None:
        """Give the open documents another order."""
        self._documents = [d for d in documents if d in self._documents]
        self.documents_changed.emit()

    def save(self, path: Path | str | None = None) -> bool:
        """Write the document to `path`, or to where it came from; False where it could not be written."""
        from netstudio.files.documents import save_graph

        target = self.path if path is None else Path(path)
        if target is None:
            self.message.emit("error", self.tr("The graph has no file yet; choose one with Save As."))
            return False
        self._keep_data(target.parent)
        try:
            save_graph(self.graph, target)
        except (NetStudioError, OSError) as error:
            self.message.emit("error", str(error))
            return False
        self._document.saved_to(target)
        return True

    def _keep_data(self, folder: Path) -> None:
        """Name the data so that they are found from `folder` too, where the document is about to stand."""
        from netstudio.data.places import moved

        source = self.graph.data.get("source")
        renamed = moved(source, self.folder, folder)
        if renamed != source:
            self.apply(SetData({"source": renamed}))

    def _made(self, graph: Graph, path: Path | None = None, folder: Path | None = None) -> Document:
        made = Document(self.catalogue, graph, path, folder, self)
        made.shown.connect(self._on_shown)
        made.touched.connect(self.document_changed)
        made.undo_changed.connect(self.undo_changed)
        return made

    def _add(self, document: Document) -> None:
        at = self._documents.index(self._document) + 1 if self.is_open else len(self._documents)
        self._documents.insert(at, document)
        self._document = document
        self._tell_all()

    def _read(self, path: Path) -> Graph | None:
        from netstudio.files.documents import load_graph  # pydantic takes a while: the window comes up first

        try:
            return load_graph(path, self.catalogue)
        except (NetStudioError, OSError) as error:
            self.message.emit("error", str(error))
            return None

    def _tell_all(self) -> None:
        """Another document is shown: everything is different."""
        self.documents_changed.emit()
        self.graph_changed.emit(self.graph)
        self.selection_changed.emit(self.selection)
        self.problems_changed.emit()
        self.document_changed.emit()
        self.undo_changed.emit()

    def _on_shown(self, graph: Graph, shrunk: bool) -> None:
        """A step was made, undone or redone in the document that is shown; with `shrunk`, less is selected now."""
        self.graph_changed.emit(graph)
        if shrunk:
            self.selection_changed.emit(self.selection)
        self.problems_changed.emit()

    # Training

    @property
    def training_state(self) -> str:
        """ "idle", "compiling", "running", "paused" or "stopping"."""
        return self.training.state

    @property
    def trains_this(self) -> bool:
        """Whether the current or last run is of the document that is shown."""
        return self._trained is self._document

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
        error = next((p for p in self._document.problems if p.severity == "error"), None)
        if error is not None:
            self.message.emit("error", self.tr("The graph can't be trained yet: {}").format(error.message))
            self.refused.emit()
            return
        self._trained = self._document
        self._set_run_problems(())
        self.runs.append(Run(len(self.runs) + 1, self.graph, self.folder))
        self.runs_changed.emit()
        self.training.start(self.graph, self.folder, paused, one_epoch, self._document.weights)

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
        if node is not None and self.trains_this:
            self.go_to((), (node,))

    def _on_run_ended(self) -> None:
        self.runs[-1].finished = True
        self.history_changed.emit(self.history)
        self.runs_changed.emit()

    def _set_run_problems(self, problems: tuple[Problem, ...]) -> None:
        if problems != self._trained.run_problems:
            self._trained.run_problems = problems
            self.problems_changed.emit()
