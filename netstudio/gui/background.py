"""Work beside the window that ends by itself: reading data, predicting."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

POLL_MS = 33


class Background(QObject):
    """Runs one function at a time on a thread; a newer one takes the place of one whose result is still to come.

    `done` carries what the function gave, `failed` the exception it raised. The thread touches no Qt object.
    """

    done = Signal(object)
    failed = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._result: list[tuple[bool, Any]] = []
        self._thread: threading.Thread | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(POLL_MS)
        self._timer.timeout.connect(self._poll)

    @property
    def busy(self) -> bool:
        return self._timer.isActive()

    def start(self, function: Callable[[], Any]) -> None:
        """Call `function` on a thread of its own."""
        result: list[tuple[bool, Any]] = []

        def work() -> None:
            try:
                result.append((True, function()))
            except Exception as error:  # whatever happens there is shown by whoever listens
                result.append((False, error))

        self._result = result
        self._thread = threading.Thread(target=work, name="background", daemon=True)
        self._thread.start()
        self._timer.start()

    def wait(self, seconds: float) -> None:
        """Give the thread time to end, and forget its result."""
        self._timer.stop()
        if self._thread is not None:
            self._thread.join(seconds)

    def _poll(self) -> None:
        if self._result:
            self._timer.stop()
            ok, value = self._result.pop()
            (self.done if ok else self.failed).emit(value)
