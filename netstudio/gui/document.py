"""One open graph: where it comes from, what was done to it, and what is selected in it."""

from __future__ import annotations

import functools
import weakref
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack
from shiboken6 import Shiboken

from netstudio.graph import Analysis, Catalogue, Graph, Problem, analyse
from netstudio.graph.edits import Edit
from netstudio.graph.inside import Path as Inner
from netstudio.gui.level import Level, level_of

LONG_SECONDS = 60.0  # of training: nobody wants to do that again

# The steps of each document's undo stack, until the stack is gone. A stack deletes its steps, and crashes where Python
# freed one before: so none may be garbage while its stack lives, in whatever order the collector takes a cycle apart.
_KEPT: dict[int, list[_Step]] = {}


class Document(QObject):
    """A graph and its undo stack.

    `shown` carries the new Graph, and whether less is selected now, whenever a step is made, undone or redone.

    `here` is what of it is shown: all, or the inside of a block. The selection is of nodes there.
    """

    shown = Signal(object, bool)
    touched = Signal()  # path, name or modified
    undo_changed = Signal()

    def __init__(
        self,
        catalogue: Catalogue,
        graph: Graph | None = None,
        path: Path | None = None,
        folder: Path | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.catalogue = catalogue
        self.path = path
        self.folder = folder or (path.parent if path else None)  # where its data stand
        self._file_state = self.file_state()
        self.graph = graph or Graph()
        self.analysis: Analysis = analyse(self.graph, catalogue)
        self.here: Level = level_of((), self.analysis, catalogue)
        self.selection: tuple[str, ...] = ()
        self.run_problems: tuple[Problem, ...] = ()  # what its last run met
        self.weights: Mapping[str, Any] = {}  # what its runs begin with, by "node/weight", where a model was imported
        self.model: Any = None  # what its last run made, or what was imported
        self.model_seconds = 0.0  # for how long that was trained here
        self.kept_model: Any = None  # the one that is in a file
        self.undo_stack = QUndoStack(self)
        self._steps: list[_Step] = []
        _KEPT[id(self._steps)] = self._steps
        self.undo_stack.destroyed.connect(functools.partial(_KEPT.pop, id(self._steps), None))
        self.undo_stack.cleanChanged.connect(self._on_clean_changed)
        self.undo_stack.indexChanged.connect(self._on_index_changed)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is wrong with it before it is run."""
        return (*self._unsuited(), *self.analysis.problems)

    @property
    def title(self) -> str:
        return self.path.name if self.path else self.graph.name

    @property
    def modified(self) -> bool:
        return not self.undo_stack.isClean()

    @property
    def model_unkept(self) -> bool:
        """Whether its model is in no file."""
        return self.model is not self.kept_model

    @property
    def unsaved(self) -> bool:
        """Whether closing it loses what people would miss: changes, or a model that took long to train."""
        return self.modified or (self.model_unkept and self.model_seconds >= LONG_SECONDS)

    @property
    def blank(self) -> bool:
        """Whether nothing was ever done to it: another document may take its place."""
        return self.path is None and not self.graph.nodes and not self.undo_stack.count()

    def apply(self, edit: Edit, merge_key: str | None = None) -> None:
        """Make `edit` one undoable step; EditError where the graph refuses it. What changes nothing is no step."""
        after = edit.apply(self.graph, self.catalogue)
        if after != self.graph:
            step = _Step(self, edit.title, self.graph, after, merge_key)
            self._steps[:] = [*(s for s in self._steps if Shiboken.isValid(s)), step]
            self.undo_stack.push(step)

    def show_graph(self, graph: Graph) -> None:
        """Make `graph` the current one without an undo step: what the steps of the undo stack do."""
        self.graph = graph
        self.analysis = analyse(graph, self.catalogue, self.analysis)
        before = self.selection
        self.go_to(self.here.path)
        self.select(self.selection)
        self.shown.emit(graph, self.selection != before)

    def go_to(self, path: Inner) -> bool:
        """Show the inside of the block that `path` leads to, or as far as it leads; whether that is elsewhere."""
        before, self.here = self.here, level_of(path, self.analysis, self.catalogue, self.here)
        elsewhere = before.path != self.here.path
        if elsewhere:
            self.selection = ()
        return elsewhere

    def select(self, ids: Iterable[str]) -> bool:
        """Select these nodes as far as there are such where we are; whether that is a change."""
        chosen = tuple(dict.fromkeys(id for id in ids if id in self.here.graph.nodes))
        changed, self.selection = chosen != self.selection, chosen
        return changed

    def _unsuited(self) -> tuple[Problem, ...]:
        """The augmentations that suit nothing in the graph."""
        if not self.graph.data.get("augment"):
            return ()
        from netstudio.data.suiting import unsuited

        return unsuited(self.analysis)

    def saved_to(self, path: Path) -> None:
        """The file at `path` holds the graph now."""
        self.path, self.folder = path, path.parent
        self.accept_file()
        self.undo_stack.setClean()
        self.touched.emit()

    def file_state(self) -> tuple[int, int, int] | None:
        """What tells one state of the document's file from another; None where there is no file."""
        try:
            facts = self.path.stat() if self.path is not None else None
        except OSError:
            return None
        return None if facts is None else (facts.st_mtime_ns, facts.st_size, facts.st_ino)

    @property
    def file_changed(self) -> bool:
        """Whether the file is not as it was read or written here."""
        return self.path is not None and self.file_state() != self._file_state

    def accept_file(self) -> None:
        """Take the file as it is now for known: saving writes over it."""
        self._file_state = self.file_state()

    def _on_clean_changed(self, clean: bool) -> None:
        self.touched.emit()

    def _on_index_changed(self, index: int) -> None:
        self.undo_changed.emit()


class _Step(QUndoCommand):
    """One edit: the graph before and the graph after. Graphs never change, so that is all there is to undo."""

    def __init__(self, document: Document, title: str, before: Graph, after: Graph, merge_key: str | None) -> None:
        super().__init__(title)
        self._document = weakref.ref(document)
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
        document = self._document()
        if document is not None:
            document.show_graph(graph)
