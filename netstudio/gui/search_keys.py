"""Keys of a search field that work on the list of what it finds."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QTreeWidget, QTreeWidgetItem

_STEPS = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}


class SearchKeys(QObject):
    """Up and Down go along the items that `shown` gives; Enter calls `choose` with the one they stand at."""

    def __init__(
        self,
        search: QLineEdit,
        tree: QTreeWidget,
        shown: Callable[[], list[QTreeWidgetItem]],
        choose: Callable[[QTreeWidgetItem | None], None],
    ) -> None:
        super().__init__(search)
        self._tree, self._shown, self._choose = tree, shown, choose
        search.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.key() in _STEPS:
                self._step(_STEPS[Qt.Key(event.key())])
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._choose(self._tree.currentItem())
                return True
        return super().eventFilter(watched, event)

    def _step(self, by: int) -> None:
        items = self._shown()
        if items:
            current = self._tree.currentItem()
            at = items.index(current) + by if current in items else 0
            self._tree.setCurrentItem(items[max(0, min(at, len(items) - 1))])
