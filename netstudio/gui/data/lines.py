"""A label whose lines are cut where there is no room for them."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QSizePolicy

from netstudio.gui.look import set_property


class Lines(QLabel):
    """Shows lines, each cut at its end where it is too long and whole in the tooltip; or a text that wraps."""

    def __init__(self) -> None:
        super().__init__()
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        set_property(self, "role", "muted")

    def show_lines(self, lines: Sequence[str]) -> None:
        """Show these, a line each."""
        self._show("\n".join(lines), False)

    def show_text(self, text: str) -> None:
        """Show a text as a whole, on as many lines as it needs."""
        self._show(text, True)

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.wordWrap():
            super().paintEvent(event)
            return
        painter, metrics, area = QPainter(self), self.fontMetrics(), self.contentsRect()
        painter.setPen(self.palette().windowText().color())
        lines = (metrics.elidedText(t, Qt.TextElideMode.ElideRight, area.width()) for t in self.text().split("\n"))
        painter.drawText(area, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, "\n".join(lines))
        painter.end()

    def _show(self, text: str, wraps: bool) -> None:
        self.setWordWrap(wraps)
        self.setText(text)
        self.setToolTip("" if wraps else text)
