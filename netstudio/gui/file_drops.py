"""Files dragged onto the window are opened."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QEvent, QMimeData, QObject
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QWidget


class FileDrops(QObject):
    """Takes what is dropped on `window` and on nothing else that would take it; `open` gets each file."""

    def __init__(self, window: QWidget, open: Callable[[Path], object]) -> None:
        super().__init__(window)
        self._open = open
        window.setAcceptDrops(True)
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, (QDragEnterEvent, QDropEvent)) and event.type() in (
            QEvent.Type.DragEnter,
            QEvent.Type.Drop,
        ):
            files = _files(event.mimeData())
            if files:
                event.acceptProposedAction()
            if event.type() == QEvent.Type.Drop:
                for path in files:
                    self._open(path)
            return bool(files)
        return super().eventFilter(watched, event)


def _files(data: QMimeData) -> list[Path]:
    return [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]
