"""Documents read from files and written to them; what goes wrong goes out as the session's message."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from netstudio.errors import NetStudioError
from netstudio.graph import Graph
from netstudio.graph.edits import SetData
from netstudio.gui.document import Document

if TYPE_CHECKING:
    from netstudio.gui.session import Session


class GraphFiles(QObject):
    """Opens, reads again and saves the documents of a session. Asks nothing."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.session = session

    def open(self, path: Path | str, as_copy: bool = False) -> bool:
        """Read a graph document and show it; False where it can't be read.

        With `as_copy` the document has no file of its own yet: saving asks for one. A file that is open already is
        shown as it stands.
        """
        path = Path(path)
        there = self.session.document_of(path)
        if there is not None and not as_copy:
            self.session.show(there)
            return True
        graph = self._read(path)
        if graph is not None:
            self.session.add_graph(graph, None if as_copy else path, path.parent)
        return graph is not None

    def reload(self, document: Document) -> bool:
        """Read the file of an open document again, in place of what it is now; False where that can't be read."""
        self.session.show(document)
        graph = self._read(document.path) if document.path is not None else None
        if graph is not None:
            weights, model = document.weights, document.model
            self.session.open_graph(graph, document.path)
            self.session.document.weights, self.session.document.model = weights, model
        return graph is not None

    def save(self, path: Path | str | None = None) -> bool:
        """Write the document to `path`, or to where it came from; False where it could not be written."""
        from netstudio.files.documents import save_graph

        target = self.session.path if path is None else Path(path)
        if target is None:
            self.session.message.emit("error", self.tr("The graph has no file yet; choose one with Save As."))
            return False
        told = self._told_from(target.parent)
        try:
            save_graph(told.apply(self.session.graph, self.session.catalogue), target)
        except (NetStudioError, OSError) as error:
            self.session.message.emit("error", str(error))
            return False
        self.session.apply(told)
        self.session.document.saved_to(target)
        return True

    def _told_from(self, folder: Path) -> SetData:
        """Names the data so that they are found from `folder` too, where the document is about to stand."""
        from netstudio.data.places import moved

        source = self.session.graph.data.get("source")
        renamed = moved(source, self.session.folder, folder)
        return SetData({} if renamed == source else {"source": renamed})

    def _read(self, path: Path) -> Graph | None:
        from netstudio.files.documents import load_graph  # pydantic takes a while: the window comes up first

        try:
            return load_graph(path, self.session.catalogue)
        except (NetStudioError, OSError) as error:
            self.session.message.emit("error", str(error))
            return None
