"""The main window."""

from __future__ import annotations

from PySide6.QtWidgets import QMainWindow, QWidget

from netstudio.gui.session import Session


class MainWindow(QMainWindow):
    """The window of one session."""

    def __init__(self, session: Session | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = session or Session(parent=self)
        self.setWindowTitle("NetStudio")
