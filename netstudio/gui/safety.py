"""What keeps work from being lost: copies for after a crash, and words about files that others touch."""

from __future__ import annotations

from pathlib import Path

from platformdirs import user_state_path
from PySide6.QtCore import QObject, QTimer

from netstudio.errors import NetStudioError
from netstudio.gui.document import Document
from netstudio.gui.notices import Notices
from netstudio.gui.open_files import OpenFiles
from netstudio.gui.recovery import Recovery
from netstudio.gui.session import Session

KEEP_AFTER_MS = 30_000  # from the first change that no copy has


class Safety(QObject):
    """Keeps a copy of what changed every half minute and at every run; tells the rest by notices."""

    def __init__(self, session: Session, notices: Notices, folder: Path | None = None) -> None:
        super().__init__(notices)
        self.session, self.notices = session, notices
        folder = folder or user_state_path("netstudio")
        self.recovery = Recovery(folder / "recovery")
        self.files = OpenFiles(session, folder / "open", self._on_changed, self._on_elsewhere, self)
        self._unkept = ""  # why copies can't be kept
        self._told: dict[Document, str] = {}  # of whose file there is a notice, and its subject
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(KEEP_AFTER_MS)
        self._timer.timeout.connect(self.keep)
        session.undo_changed.connect(self._on_edit)
        session.document_changed.connect(self._drop_settled)
        session.documents_changed.connect(self._drop_settled)
        session.training_state_changed.connect(self._on_state)

    def keep(self) -> None:
        """Keep copies of what is not saved, now."""
        self._timer.stop()
        try:
            self.recovery.keep(self.session.documents)
        except (NetStudioError, OSError) as error:
            reason = (error.strerror or "") if isinstance(error, OSError) else str(error)
            self._tell_unkept(reason)

    def _tell_unkept(self, reason: str) -> None:
        """Once, as long as the reason is the same: it is tried again every half minute."""
        if reason != self._unkept:
            text = self.tr(
                "No copies for after a crash can be kept in {}: {}. Save often, or make that folder writable."
            )
            self.session.message.emit("warning", text.format(self.recovery.folder, reason))
        self._unkept = reason

    def offer(self) -> None:
        """Offer the copies that a crash left, where there are any."""
        left = self.recovery.left()
        if left:
            text = self.tr("NetStudio ended unexpectedly. {} with unsaved changes can be restored.")
            count = self.tr("1 graph") if len(left) == 1 else self.tr("{} graphs").format(len(left))
            answers = (
                (self.tr("Restore"), lambda: self._restore(left)),
                (self.tr("Discard"), lambda: _remove(left)),
            )
            self.notices.tell("recovery", text.format(count), answers)

    def end(self) -> None:
        """The window closes as it should."""
        self._timer.stop()
        self.recovery.clear()
        self.files.release()

    def _restore(self, copies: list[Path]) -> None:
        """Open the copies as unsaved documents; one that can't be read stays where it is."""
        from netstudio.files.documents import graph_from_json

        for copy in copies:
            try:
                found = self.recovery.read(copy)
                graph = graph_from_json(found.document, str(copy), self.session.catalogue)
            except (NetStudioError, OSError, ValueError) as error:
                self.session.message.emit("error", str(error))
                continue
            self.session.add_graph(graph, found.origin, modified=True)
            self.keep()
            copy.unlink(missing_ok=True)

    def _on_edit(self) -> None:
        if self.session.modified and not self._timer.isActive():
            self._timer.start()

    def _on_state(self, state: str) -> None:
        if state == "compiling":
            self.keep()

    def _drop_settled(self) -> None:
        """What was saved or closed needs no copy, and no word about its file."""
        self.recovery.drop(tuple(d for d in self.session.documents if d.modified))
        for document, subject in list(self._told.items()):
            if document not in self.session.documents or not document.file_changed:
                self.notices.drop(subject)
                del self._told[document]

    def _on_changed(self, document: Document) -> None:
        name = document.title
        self._told[document] = f"file.{name}"
        if document.file_state() is None:
            text = self.tr("{} was removed or renamed by another program. Save it to have it again.").format(name)
            self.notices.tell(f"file.{name}", text, ((self.tr("Keep mine"), document.accept_file),))
            return
        text = self.tr("{} was changed by another program.").format(name)
        answers = (
            (self.tr("Read it again"), lambda: self.session.files.reload(document)),
            (self.tr("Keep mine"), document.accept_file),
        )
        self.notices.tell(f"file.{name}", text, answers)

    def _on_elsewhere(self, document: Document, pid: int) -> None:
        text = self.tr("{} is open in another window too (process {}). What is saved last, there or here, remains.")
        self.notices.tell(f"elsewhere.{document.title}", text.format(document.title, pid))


def _remove(copies: list[Path]) -> None:
    for copy in copies:
        copy.unlink(missing_ok=True)
