"""The base of the inspector's pages."""

from __future__ import annotations

from PySide6.QtWidgets import QApplication, QWidget


class Page(QWidget):
    """Tells one stretch of typing from the next: what is typed without leaving a field is one undo step."""

    def __init__(self) -> None:
        super().__init__()
        self._stretch = 0
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        app.focusChanged.connect(self._on_focus_changed)

    def merge_key(self, what: str, typing: bool = True) -> str | None:
        """The key under which edits of `what` join one undo step; None for an edit that stands alone."""
        return f"{what} {id(self)} {self._stretch}" if typing else None

    def refresh(self) -> None:
        """Show the document as it is now."""

    def _on_focus_changed(self, _old: QWidget | None, _new: QWidget | None) -> None:
        self._stretch += 1
