"""A box that finds by typing: the command palette, and the search for a node to add."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtGui import QIcon, QKeyEvent
from PySide6.QtWidgets import QDialog, QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout, QWidget


@dataclass(frozen=True)
class Entry:
    """Something that can be found: its title, what stands beside it, and what choosing it does."""

    title: str
    hint: str
    icon: QIcon
    choose: Callable[[], object]
    known_as: str = ""


class Finder(QDialog):
    """Lists the entries that hold every word typed; Enter or a click chooses and closes."""

    def __init__(self, entries: Sequence[Entry], prompt: str, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Dialog | Qt.WindowType.FramelessWindowHint)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setProperty("role", "card")
        self.setModal(True)
        self.search = QLineEdit(placeholderText=prompt)
        self.search.setObjectName("finder.search")
        self.search.setAccessibleName(prompt)
        self.list = QListWidget()
        self.list.setIconSize(QSize(18, 18))
        self.list.setAccessibleName(prompt)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.addWidget(self.search)
        column.addWidget(self.list)
        for entry in entries:
            text = f"{entry.title}    {entry.hint}" if entry.hint else entry.title
            item = QListWidgetItem(entry.icon, text, self.list)
            item.setData(Qt.ItemDataRole.UserRole, entry)
        self.search.textChanged.connect(self._filter)
        self.search.installEventFilter(self)
        self.list.itemActivated.connect(self._choose)
        self.list.itemClicked.connect(self._choose)
        self._filter("")
        self.resize(480, 360)
        self.move(parent.mapToGlobal(parent.rect().center()) - self.rect().center())

    def found(self) -> list[str]:
        """The titles that are left, best first."""
        items = (self.list.item(i) for i in range(self.list.count()))
        return [_entry(i).title for i in items if not i.isHidden()]

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Up, Down and Enter in the search work on the list."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
                self._step(1 if event.key() == Qt.Key.Key_Down else -1)
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._choose(self.list.currentItem())
                return True
        return super().eventFilter(watched, event)

    def _filter(self, text: str) -> None:
        words = text.lower().split()
        best: tuple[int, int] | None = None
        for row in range(self.list.count()):
            entry = _entry(self.list.item(row))
            title = entry.title.lower()
            shown = all(w in f"{title} {entry.known_as.lower()}" for w in words)
            self.list.item(row).setHidden(not shown)
            rank = (0 if title.startswith(text.lower()) else 1 if text.lower() in title else 2, row)
            if shown and (best is None or rank < best):
                best = rank
        self.list.setCurrentRow(-1 if best is None else best[1])

    def _step(self, by: int) -> None:
        row = self.list.currentRow() + by
        while 0 <= row < self.list.count() and self.list.item(row).isHidden():
            row += by
        if 0 <= row < self.list.count():
            self.list.setCurrentRow(row)

    def _choose(self, item: QListWidgetItem | None) -> None:
        if item is None or item.isHidden():
            return
        entry = _entry(item)
        self.accept()
        entry.choose()


def _entry(item: QListWidgetItem) -> Entry:
    entry = item.data(Qt.ItemDataRole.UserRole)
    assert isinstance(entry, Entry)
    return entry
