"""Words beside the cursor: why a wire can't be, or what problem it would make."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtWidgets import QLabel, QWidget

from netstudio.gui.canvas.view import Hint
from netstudio.gui.theme import Theme, mixed

LASTS = 2000  # milliseconds that a refusal stays after the wire was let go
_WIDEST = 320
_AWAY = QPoint(16, 20)  # from the cursor


class HintLabel(QLabel):
    """A small card over the canvas; the mouse passes through it."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._panel = parent
        self.setObjectName("canvas.hint")
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(True)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.hide)
        self._kind = ""
        self.set_theme(theme)
        self.hide()

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self._dress()

    def show_hint(self, hint: Hint) -> None:
        """Show `hint`, or hide where it has no text; a lasting one is not hidden by an empty one."""
        if not hint.text:
            if not self._timer.isActive():
                self.hide()
            return
        self._timer.stop()
        if hint.kind != self._kind:
            self._kind = hint.kind
            self._dress()
        self.setText(hint.text)
        self.setFixedWidth(min(_WIDEST, self.fontMetrics().horizontalAdvance(hint.text) + 24))
        self.adjustSize()
        self._place(hint.at.toPoint())
        self.show()
        self.raise_()
        if hint.lasting:
            self._timer.start(LASTS)

    def _place(self, at: QPoint) -> None:
        room = self._panel.rect().adjusted(4, 4, -4, -4)
        corner = at + _AWAY
        x = min(corner.x(), room.right() - self.width())
        y = corner.y() if corner.y() + self.height() <= room.bottom() else at.y() - self.height() - 8
        self.move(max(x, room.left()), max(y, room.top()))

    def _dress(self) -> None:
        theme = self._theme
        tone = theme.error if self._kind == "refused" else theme.warning
        ground = mixed(theme.panel, tone, 0.12)
        self.setStyleSheet(
            f"color: {theme.text.name()}; background: {ground.name()}; border: 1px solid {tone.name()};"
            "border-radius: 4px; padding: 4px 8px;"
        )
