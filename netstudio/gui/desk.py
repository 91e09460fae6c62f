"""The open documents, their order, and the one that is shown."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from netstudio.graph import Analysis, Catalogue, Graph
from netstudio.gui.document import Document
from netstudio.gui.level import Level


class Desk(QObject):
    """`document` is the one that is shown, `documents` are all that are open.

    Without an open document it is an empty one that `documents` does not hold. `graph_changed` carries the whole Graph
    and comes when `graph`, `analysis`, `here` and `selection` are all up to date. `message` carries a level ("info",
    "warning" or "error") and a text for people.
    """

    graph_changed = Signal(object)
    selection_changed = Signal(object)
    document_changed = Signal()  # path, name or modified
    documents_changed = Signal()  # which are open, in which order, and which is shown
    problems_changed = Signal()
    undo_changed = Signal()  # what can be undone or redone
    message = Signal(str, str)

    def __init__(self, catalogue: Catalogue, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.catalogue = catalogue
        self._nothing = self._made(Graph())
        self._document = self._nothing
        self._documents: list[Document] = []

    @property
    def document(self) -> Document:
        return self._document

    @property
    def documents(self) -> tuple[Document, ...]:
        """Those that are open, in the order of their tabs."""
        return tuple(self._documents)

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
    def here(self) -> Level:
        """What the canvas shows of the document."""
        return self._document.here

    @property
    def selection(self) -> tuple[str, ...]:
        return self._document.selection

    def document_of(self, path: Path) -> Document | None:
        """The open document of that file, if there is one."""
        wanted = path.resolve()
        return next((d for d in self._documents if d.path is not None and d.path.resolve() == wanted), None)

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
        if not self._blank:
            self._add(self._made(Graph()))

    def open_graph(self, graph: Graph, path: Path | str | None = None, folder: Path | None = None) -> None:
        """Put `graph` in the place of the document that is shown, unmodified and with nothing to undo.

        Its data stand in `folder`, which is the folder of `path` unless it is given.
        """
        made = self._made(graph, None if path is None else Path(path), folder)
        if self.is_open:
            self._replace(made)
        else:
            self._add(made)

    def add_graph(
        self, graph: Graph, path: Path | None = None, folder: Path | None = None, modified: bool = False
    ) -> Document:
        """Open `graph` in a tab of its own, or in that of an empty document.

        With `modified` it counts as changed: it was never written to its file.
        """
        made = self._made(graph, path, folder)
        if modified:
            made.undo_stack.resetClean()
        if self._blank:
            self._replace(made)
        else:
            self._add(made)
        return made

    def close(self, document: Document | None = None) -> None:
        """Close a document, the one that is shown unless another is named; its neighbour takes its place."""
        gone = document or self._document
        if gone not in self._documents:
            return
        at = self._documents.index(gone)
        self._documents.remove(gone)
        if gone is self._document:
            self._document = self._documents[min(at, len(self._documents) - 1)] if self._documents else self._nothing
            self._tell_all()
        else:
            self.documents_changed.emit()
        gone.deleteLater()

    def reorder(self, documents: Sequence[Document]) -> None:
        """Give the open documents another order."""
        self._documents = [d for d in documents if d in self._documents]
        self.documents_changed.emit()

    @property
    def _blank(self) -> bool:
        """Whether a document is shown that another may take the place of."""
        return self.is_open and self._document.blank

    def _made(self, graph: Graph, path: Path | None = None, folder: Path | None = None) -> Document:
        made = Document(self.catalogue, graph, path, folder, self)
        made.shown.connect(self._on_shown)
        made.touched.connect(self.document_changed)
        made.undo_changed.connect(self.undo_changed)
        return made

    def _add(self, document: Document) -> None:
        at = self._documents.index(self._document) + 1 if self.is_open else len(self._documents)
        self._documents.insert(at, document)
        self.show(document)

    def _replace(self, document: Document) -> None:
        old = self._document
        self._documents[self._documents.index(old)] = document
        self.show(document)
        old.deleteLater()

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
