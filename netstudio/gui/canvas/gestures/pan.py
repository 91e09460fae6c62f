"""Moving the view: middle button, or Space and drag."""

from __future__ import annotations

from PySide6.QtCore import Qt

from netstudio.gui.canvas.gestures.base import Gesture, Pointer


class Pan(Gesture):
    """The scene follows the mouse."""

    cursor = Qt.CursorShape.ClosedHandCursor
    scrolls = False

    def start(self, at: Pointer) -> None:
        super().start(at)
        self._last = at.view
        self._from = self.view.scroll_position()

    def move(self, at: Pointer) -> None:
        self.view.scroll_by(at.view - self._last)
        self._last = at.view

    def cancel(self) -> None:
        self.view.scroll_by(self.view.scroll_position() - self._from)
