"""Writing on a note where it lies."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from netstudio.graph.edits import SetParams
from netstudio.gui.canvas.look import font
from netstudio.gui.session import Session

_SMALLEST = (160, 72)  # pixels; smaller there is no room to write
_TEXT = (11, 12, 24)  # the size of the text in pixels: at least, at zoom 1, at most


class NoteEdit(QPlainTextEdit):
    """A click elsewhere or Ctrl+Enter keeps the new text, Esc the old one."""

    def __init__(self, session: Session, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("canvas.note")
        self.setAccessibleName(self.tr("Text of the note"))
        self.setPlaceholderText(self.tr("Write a note; Ctrl+Enter keeps it"))
        self.session, self._panel = session, parent
        self._node: str | None = None
        self.hide()

    def begin(self, node: str, paper: QRectF, zoom: float) -> None:
        """Edit the text of `node` over `paper`, a rectangle of the parent."""
        self._node = node
        self.setPlainText(str(self.session.here.graph.nodes[node].params.get("text", "")))
        least, normal, most = _TEXT
        self.setFont(font(min(max(round(normal * zoom), least), most)))
        width, height = max(_SMALLEST[0], int(paper.width())), max(_SMALLEST[1], int(paper.height()))
        self.setGeometry(int(paper.x()), int(paper.y()), width, height)
        self.selectAll()
        self.show()
        self.raise_()
        self.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.leave()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and event.modifiers() & _CONTROL:
            self._finish()
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if self.isVisible() and event.reason() != Qt.FocusReason.PopupFocusReason:
            self._finish()

    def _finish(self) -> None:
        node, text = self._node, self.toPlainText().rstrip()
        self.leave()
        found = self.session.here.graph.nodes.get(node) if node is not None else None
        if found is None or found.params.get("text", "") == text:
            return
        if text:
            self.session.apply_here(SetParams(found.id, {"text": text}))
        else:
            self.session.apply_here(SetParams(found.id, reset=("text",)))

    def leave(self) -> None:
        """Keep the old text."""
        self._node = None
        had_focus = self.hasFocus()
        self.hide()
        if had_focus:
            self._panel.setFocus()


_CONTROL = Qt.KeyboardModifier.ControlModifier
