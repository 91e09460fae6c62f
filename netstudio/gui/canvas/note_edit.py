"""Writing on a note where it lies."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from netstudio.graph.edits import SetParams
from netstudio.gui.canvas.look import font
from netstudio.gui.canvas.over_card import OverCard
from netstudio.gui.session import Session

_SMALLEST = (160, 72)  # pixels; smaller there is no room to write
_CONTROL = Qt.KeyboardModifier.ControlModifier
_TEXT = (11, 12, 24)  # the size of the text in pixels: at least, at zoom 1, at most


class NoteEdit(QPlainTextEdit):
    """A click elsewhere or Ctrl+Enter keeps the new text, Esc the old one."""

    def __init__(self, session: Session, panel: QWidget) -> None:
        super().__init__(panel)
        self.setObjectName("canvas.note")
        self.setAccessibleName(self.tr("Text of the note"))
        self.setPlaceholderText(self.tr("Write a note; Ctrl+Enter keeps it"))
        self.session = session
        self._over = OverCard(self, panel, self._keep)

    def begin(self, node: str, paper: QRectF, zoom: float) -> None:
        """Edit the text of `node` over `paper`, a rectangle of the panel."""
        self.setPlainText(str(self.session.here.graph.nodes[node].params.get("text", "")))
        least, normal, most = _TEXT
        self.setFont(font(min(max(round(normal * zoom), least), most)))
        self._over.begin(node, paper, _SMALLEST)

    def leave(self) -> None:
        """Keep the old text."""
        self._over.leave()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and event.modifiers() & _CONTROL:
            self._over.finish()
        else:
            super().keyPressEvent(event)

    def _keep(self, node: str) -> None:
        text, found = self.toPlainText().rstrip(), self.session.here.graph.nodes.get(node)
        if found is None or found.params.get("text", "") == text:
            return
        if text:
            self.session.apply_here(SetParams(node, {"text": text}))
        else:
            self.session.apply_here(SetParams(node, reset=("text",)))
