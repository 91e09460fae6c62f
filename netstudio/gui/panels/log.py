"""The log: every message of this session, with its time."""

from __future__ import annotations

from datetime import datetime
from html import escape

from PySide6.QtWidgets import QPlainTextEdit, QWidget

from netstudio.gui.session import Session
from netstudio.gui.theme import Theme, current_theme

MOST_LINES = 5000


class LogPanel(QPlainTextEdit):
    """Newest last; can be selected and copied."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel.log")
        self.setReadOnly(True)
        self.setMaximumBlockCount(MOST_LINES)
        self.setAccessibleName(self.tr("Log"))
        self._lines: list[tuple[str, str, str]] = []
        session.message.connect(self.add)
        session.training_state_changed.connect(lambda state: self.add("info", self.tr("training: {}").format(state)))

    def add(self, level: str, text: str) -> None:
        """Append a message."""
        self._lines = [*self._lines[-MOST_LINES:], (datetime.now().strftime("%H:%M:%S"), level, text)]
        self._write(*self._lines[-1])

    def apply_theme(self, theme: Theme) -> None:
        self.clear()
        for line in self._lines:
            self._write(*line)

    def _write(self, time: str, level: str, text: str) -> None:
        theme = current_theme()
        colour = theme.hex(level if level in ("error", "warning") else "text")
        words = escape(text).replace("\n", "<br>")
        self.appendHtml(
            f'<span style="color:{theme.hex("muted")}">{time}</span> <span style="color:{colour}">{words}</span>'
        )
