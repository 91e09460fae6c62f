"""The life of a text field that lies over a card while somebody writes on it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QRectF, Qt
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QLineEdit, QPlainTextEdit, QWidget

_MENU = Qt.FocusReason.PopupFocusReason  # the field's own menu


class OverCard(QObject):
    """Esc leaves the text as it was, a click elsewhere keeps it: `keep` is called with the id of the node."""

    def __init__(self, field: QLineEdit | QPlainTextEdit, panel: QWidget, keep: Callable[[str], None]) -> None:
        super().__init__(field)
        self.field, self.panel, self.keep = field, panel, keep
        self.node: str | None = None
        field.installEventFilter(self)
        field.hide()

    def begin(self, node: str, area: QRectF, smallest: tuple[int, int]) -> None:
        """Show the field for `node` over `area`, a rectangle of the panel, no smaller than so many pixels."""
        self.node = node
        width, height = max(smallest[0], int(area.width())), max(smallest[1], int(area.height()))
        self.field.setGeometry(int(area.x()), int(area.y()), width, height)
        self.field.selectAll()
        self.field.show()
        self.field.raise_()
        self.field.setFocus()

    def finish(self) -> None:
        """Keep the new text."""
        node = self.node
        self.leave()
        if node is not None:
            self.keep(node)

    def leave(self) -> None:
        """Keep the old text."""
        self.node = None
        had_focus = self.field.hasFocus()
        self.field.hide()
        if had_focus:
            self.panel.setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and event.key() == Qt.Key.Key_Escape:
            self.leave()
            return True
        left = isinstance(event, QFocusEvent) and event.lostFocus() and event.reason() != _MENU
        if left and self.field.isVisible():
            self.finish()
        return super().eventFilter(watched, event)
