"""Renaming a node where it stands: a line of text over its title."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QFocusEvent, QKeyEvent, Qt
from PySide6.QtWidgets import QLineEdit, QWidget

from netstudio.graph.edits import SetLabel
from netstudio.gui.session import Session

_SMALLEST = 120  # pixels; narrower there is nothing to read
LONGEST = 200  # characters of a label


class RenameEdit(QLineEdit):
    """Enter or a click elsewhere keeps the new label, Esc the old one. An empty label shows the id again."""

    def __init__(self, session: Session, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("canvas.rename")
        self.setAccessibleName(self.tr("Label of the node"))
        self.setMaxLength(LONGEST)
        self.session, self._panel = session, parent
        self._node: str | None = None
        self.returnPressed.connect(self._finish)
        self.hide()

    def begin(self, node: str, title: QRectF) -> None:
        """Edit the label of `node` over `title`, a rectangle of the parent."""
        self._node = node
        self.setText(self.session.here.graph.nodes[node].label or "")
        self.setPlaceholderText(node)
        width, height = max(_SMALLEST, int(title.width())), max(24, int(title.height()))
        self.setGeometry(int(title.x()), int(title.y()), width, height)
        self.selectAll()
        self.show()
        self.raise_()
        self.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.leave()
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if self.isVisible() and event.reason() != Qt.FocusReason.PopupFocusReason:
            self._finish()

    def _finish(self) -> None:
        node, self._node = self._node, None
        text = self.text().strip()
        self.leave()
        if (
            node in self.session.here.graph.nodes
            and node is not None
            and self.session.here.graph.nodes[node].label != (text or None)
        ):
            self.session.apply_here(SetLabel(node, text))

    def leave(self) -> None:
        """Keep the old label."""
        self._node = None
        had_focus = self.hasFocus()
        self.hide()
        if had_focus:
            self._panel.setFocus()
