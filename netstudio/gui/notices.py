"""Notices above the canvas: something to know, and buttons for what can be done. They wait and block nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from netstudio.gui.icons import picture
from netstudio.gui.theme import current_theme

ICON = 18  # pixels
Answer = tuple[str, Callable[[], object]]  # a button's text, and what it does besides closing the notice


class Notices(QWidget):
    """One notice a subject; a newer one takes its place."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("notices")
        self._shown: dict[str, QFrame] = {}
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)

    @property
    def subjects(self) -> list[str]:
        """What there are notices of."""
        return list(self._shown)

    def tell(self, subject: str, text: str, answers: Sequence[Answer] = (), sign: str = "") -> None:
        """Show `text` and a button for each answer, besides one that closes it; `sign` may be "error" or "warning"."""
        self.drop(subject)
        notice = QFrame()
        notice.setObjectName(f"notice.{subject}")
        notice.setProperty("role", "notice")
        notice.setProperty("sign", sign)
        row = QHBoxLayout(notice)
        row.setContentsMargins(12, 6, 8, 6)
        row.setSpacing(8)
        if sign:
            row.addWidget(_picture(sign))
        said = QLabel(text, wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        row.addWidget(said, 1)
        for label, do in (*answers, (self.tr("Dismiss"), lambda: None)):
            row.addWidget(self._button(subject, label, do))
        self._shown[subject] = notice
        self._column.addWidget(notice)
        notice.show()

    def drop(self, subject: str) -> None:
        """Take a notice away, if it is there."""
        notice = self._shown.pop(subject, None)
        if notice is not None:
            notice.hide()
            notice.deleteLater()

    def _button(self, subject: str, label: str, do: Callable[[], object]) -> QPushButton:
        def answer() -> None:
            self.drop(subject)
            do()

        button = QPushButton(label)
        button.clicked.connect(answer)
        return button


def _picture(sign: str) -> QLabel:
    label = QLabel()
    label.setPixmap(picture(sign, current_theme().hex(sign), ICON, label.devicePixelRatioF()))
    return label
