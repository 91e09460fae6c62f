"""The desktop app: making the window, and entering its loop."""

from __future__ import annotations

import os
import sys
import threading
import traceback
from collections.abc import Sequence
from types import TracebackType

from PySide6.QtWidgets import QApplication, QMainWindow

from netstudio.gui.window import MainWindow

_made: list[QApplication] = []  # Python's only reference to the application that was made here


def application() -> QApplication:
    """The one application object, made where there is none yet."""
    existing = QApplication.instance()
    if isinstance(existing, QApplication):
        return existing
    _made.append(QApplication(["netstudio"]))
    _made[-1].setApplicationDisplayName("NetStudio")
    return _made[-1]


def create_window(path: str | None = None) -> QMainWindow:
    """The main window, with the document at `path` open in it; the event loop is not entered."""
    application()
    window = MainWindow()
    if path is not None:
        window.documents.open(path)
    return window


def main(argv: Sequence[str] | None = None) -> int:
    """Open the window on the file named in `argv`, if any, and run until it closes; gives the exit status."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    app = application()
    window = create_window(arguments[0] if arguments else None)
    assert isinstance(window, MainWindow)
    show_exceptions(window)
    window.show()
    status = app.exec()
    if threading.active_count() > 1:
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:  # there is none where the app was started without a terminal
                stream.flush()
        os._exit(status)  # a worker deep in compiled code: Python's own ending would pull the ground from under it
    return status


def show_exceptions(window: MainWindow) -> None:
    """Show in the window what a slot raises, besides printing it: Qt would go on without a word to the user."""
    printed = sys.excepthook

    def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        printed(kind, error, trace)
        last = traceback.extract_tb(trace)[-1:] if trace else []
        where = f" ({last[0].name}, line {last[0].lineno})" if last else ""
        window.session.message.emit("error", f"{kind.__name__}: {error}{where}")

    sys.excepthook = hook
