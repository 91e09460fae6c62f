"""The desktop app: making the window, and entering its loop."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from PySide6.QtWidgets import QApplication, QMainWindow

from netstudio.gui.window import MainWindow


def application() -> QApplication:
    """The one application object, made where there is none yet."""
    existing = QApplication.instance()
    return existing if isinstance(existing, QApplication) else QApplication(["netstudio"])


def create_window(path: str | None = None) -> QMainWindow:
    """The main window, with the document at `path` open in it; the event loop is not entered."""
    application()
    window = MainWindow()
    if path is not None:
        window.session.open(path)
    return window


def main(argv: Sequence[str] | None = None) -> int:
    """Open the window on the file named in `argv`, if any, and run until it closes; gives the exit status."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    app = application()
    window = create_window(arguments[0] if arguments else None)
    window.show()
    return app.exec()
