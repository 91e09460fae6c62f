"""Dragging to the edge of the view scrolls it, faster the nearer the edge, while the mouse stays there."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QPointF, QSize, QTimer

ZONE = 28.0  # pixels from the edge
FASTEST = 24.0  # pixels a tick
TICK_MS = 16


class EdgeScroll(QObject):
    """Calls `scroll` with the pixels to move by, again and again, until the mouse is elsewhere."""

    def __init__(self, scroll: Callable[[QPointF], None], parent: QObject) -> None:
        super().__init__(parent)
        self._scroll = scroll
        self._by = QPointF()
        self._timer = QTimer(self)
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(lambda: self._scroll(self._by))

    def follow(self, at: QPointF, room: QSize) -> None:
        """The mouse drags at `at` of a view of the size `room`."""
        self._by = QPointF(_speed(at.x(), room.width()), _speed(at.y(), room.height()))
        if self._by.isNull():
            self.stop()
        elif not self._timer.isActive():
            self._timer.start()

    def stop(self) -> None:
        self._timer.stop()

    @property
    def active(self) -> bool:
        return self._timer.isActive()


def _speed(at: float, room: int) -> float:
    """Positive near the start: the scene moves towards where more of it is wanted."""
    into_start, into_end = ZONE - at, at - (room - ZONE)
    return FASTEST * (min(max(into_start, 0.0), ZONE) - min(max(into_end, 0.0), ZONE)) / ZONE
