"""Exports of the session's model, one at a time, beside the window."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from netstudio.errors import NetStudioError
from netstudio.gui.background import Background
from netstudio.gui.document import Document
from netstudio.gui.exporting.work import Outcome, exported
from netstudio.gui.session import Session

WAIT_SECONDS = 20.0  # a large model takes its time, and a part of a file is of no use


class Exporter(QObject):
    """Tells in the message bar how it went; `written` carries the same words, `failed` why nothing was written."""

    written = Signal(str)
    failed = Signal(str)

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self._document, self._model = session.document, session.document.model  # whose model is written
        self.worker = Background(self)
        self.worker.done.connect(self._on_done)
        self.worker.failed.connect(self._on_failed)

    def export(self, path: Path, to: str | None = None) -> None:
        """Begin to write the model of the document that is shown; where another export is not done yet, say so."""
        if self.worker.busy:
            self.session.message.emit("warning", self.tr("Another export is not done yet; try again in a moment."))
            return
        self._document = self.session.document
        self._model = model = self._document.model
        work: Callable[[], Outcome] = lambda: exported(model, path, to)  # noqa: E731
        self.session.message.emit("info", self.tr("Exporting to {} …").format(path))
        self.worker.start(work)

    def save(self, path: Path, document: Document) -> bool:
        """Write a document's model at once; False where that can't be."""
        self._document, self._model = document, document.model
        try:
            self._on_done(exported(self._model, path, None))
        except (NetStudioError, OSError) as error:
            self._on_failed(error)
            return False
        return True

    def wait(self) -> None:
        """Give the worker time to end."""
        self.worker.wait(WAIT_SECONDS)

    def _on_done(self, outcome: Outcome) -> None:
        self._document.kept_model = self._model
        first, *beside = outcome.files
        text = self.tr("The model is in {}").format(first)
        text += self.tr(", its weights in {}.").format(beside[0].name) if beside else "."
        for note in outcome.notes:
            self.session.message.emit("warning", note[:1].upper() + note[1:] + ".")
        self.session.message.emit("info", text)
        self.written.emit(text)

    def _on_failed(self, error: Exception) -> None:
        self.session.message.emit("error", str(error))
        self.failed.emit(str(error))
