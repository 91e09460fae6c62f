"""A box that finds by typing: the command palette, and the search for a node to add."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QIcon, QPixmap
from PySide6.QtWidgets import QDialog, QHeaderView, QLineEdit, QTreeWidget, QTreeWidgetItem, QVBoxLayout, QWidget

from netstudio.gui.search_keys import SearchKeys

ICON = QSize(18, 18)


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
        self.list = QTreeWidget()
        self.list.setIconSize(ICON)
        self.list.setColumnCount(2)
        self.list.setHeaderHidden(True)
        self.list.setRootIsDecorated(False)
        self.list.header().setStretchLastSection(False)
        self.list.setAccessibleName(prompt)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.addWidget(self.search)
        column.addWidget(self.list)
        self._items = [_item(entry) for entry in entries]
        self.list.addTopLevelItems(self._items)
        self.list.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.list.header().setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        self.search.textChanged.connect(self._filter)
        SearchKeys(self.search, self.list, self._shown, self._choose)
        self.list.itemActivated.connect(self._choose)
        self.list.itemClicked.connect(self._choose)
        self._filter("")
        self.resize(480, 360)
        self.move(parent.mapToGlobal(parent.rect().center()) - self.rect().center())

    def found(self) -> list[str]:
        """The titles that are left, best first."""
        return [_entry(item).title for item in self._shown()]

    def _filter(self, text: str) -> None:
        words = text.lower().split()
        best: list[tuple[int, int]] = []
        for row, item in enumerate(self._items):
            entry = _entry(item)
            title = entry.title.lower()
            shown = all(w in f"{title} {entry.known_as.lower()}" for w in words)
            item.setHidden(not shown)
            if shown:
                best.append((0 if title.startswith(text.lower()) else 1 if text.lower() in title else 2, row))
        if best:
            self.list.setCurrentItem(self._items[min(best)[1]])

    def _shown(self) -> list[QTreeWidgetItem]:
        return [item for item in self._items if not item.isHidden()]

    def _choose(self, item: QTreeWidgetItem | None) -> None:
        if item is None or item.isHidden():
            return
        entry = _entry(item)
        self.accept()
        entry.choose()


def _item(entry: Entry) -> QTreeWidgetItem:
    item = QTreeWidgetItem([entry.title, entry.hint])
    item.setData(0, Qt.ItemDataRole.UserRole, entry)
    blank = QPixmap(ICON)
    blank.fill(Qt.GlobalColor.transparent)
    item.setIcon(0, QIcon(blank) if entry.icon.isNull() else entry.icon)
    return item


def _entry(item: QTreeWidgetItem) -> Entry:
    entry = item.data(0, Qt.ItemDataRole.UserRole)
    assert isinstance(entry, Entry)
    return entry
