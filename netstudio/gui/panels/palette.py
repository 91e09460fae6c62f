"""The palette: every node type by category, found by name, keyword or what it does, dragged to the canvas."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PySide6.QtCore import QMimeData, QPoint, Qt
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QAbstractItemView, QLineEdit, QMenu, QTreeWidget, QTreeWidgetItem, QVBoxLayout, QWidget

from netstudio.graph import Catalogue, NodeType
from netstudio.gui.block_library import BlockLibrary
from netstudio.gui.canvas.drops import BLOCK_MIME, NODE_MIME
from netstudio.gui.canvas.search import everything, matching
from netstudio.gui.icons import icon
from netstudio.gui.panels.block_group import BLOCK, BlockGroup
from netstudio.gui.panels.shelf import Shelf
from netstudio.gui.search_keys import SearchKeys
from netstudio.gui.theme import Theme, current_theme

TITLES = {
    "data": "Data",
    "core": "Core",
    "convolution": "Convolution",
    "pooling": "Pooling",
    "recurrent": "Recurrent",
    "attention": "Attention",
    "normalisation": "Norm and regularisation",
    "activation": "Activation",
    "merge": "Merge and shape",
    "loss": "Loss",
    "annotation": "Notes and frames",
}
MIME = NODE_MIME
TYPE = Qt.ItemDataRole.UserRole


class PalettePanel(QWidget):
    """`add` is called with the name of a type that Enter or a double click chooses, `add_block` with a kept block's."""

    def __init__(
        self,
        catalogue: Catalogue,
        add: Callable[[str], None],
        shelf: Shelf | None = None,
        library: BlockLibrary | None = None,
        add_block: Callable[[str], None] = lambda name: None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("panel.palette")
        self.library, self.add_block = library or BlockLibrary(self), add_block
        self.catalogue, self.add, self.shelf = catalogue, add, shelf or Shelf(self)
        self.search = QLineEdit(placeholderText=self.tr("Search layers"), clearButtonEnabled=True)
        self.search.setObjectName("palette.search")
        self.search.setAccessibleName(self.tr("Search layers"))
        self.search.textChanged.connect(self._filter)
        self.tree = _Tree(self.library)
        SearchKeys(self.search, self.tree, self._left, self._activate)
        self.tree.itemActivated.connect(self._activate)
        self.tree.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.tree.customContextMenuRequested.connect(lambda at: self._show_menu(at))
        self.shelf.changed.connect(self._fill_shelf)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.setSpacing(8)
        column.addWidget(self.search)
        column.addWidget(self.tree, 1)
        self.setMinimumWidth(190)
        self._fill()

    def apply_theme(self, theme: Theme) -> None:
        for group in self._groups():
            group.setForeground(0, theme.muted)
        self.blocks.fill()
        for item in (*self._types(), *self._shelved()):
            item.setIcon(0, _icon_of(self.catalogue[item.data(0, TYPE)], theme))

    def shown(self) -> list[str]:
        """The names of the types that the search leaves, from top to bottom."""
        return [item.data(0, TYPE) for item in self._left()]

    def _fill(self) -> None:
        self._shelf_groups = [self._group(self.tr("Favourites"), ()), self._group(self.tr("Recent"), ())]
        self.blocks = BlockGroup(self.tree, self.library)
        found = self.catalogue.by_category()
        for category in (c for c in TITLES if c in found):
            self._group(self.tr(TITLES[category]), found[category])
        self._fill_shelf()

    def _group(self, title: str, kinds: Iterable[type[NodeType]]) -> QTreeWidgetItem:
        group = QTreeWidgetItem(self.tree, [title])
        group.setFlags(Qt.ItemFlag.ItemIsEnabled)
        self._put(group, kinds)
        group.setExpanded(True)
        return group

    def _put(self, group: QTreeWidgetItem, kinds: Iterable[type[NodeType]]) -> None:
        theme = current_theme()
        for kind in (k for k in kinds if k.is_offered()):
            item = QTreeWidgetItem(group, [kind.name])
            item.setData(0, TYPE, kind.name)
            item.setIcon(0, _icon_of(kind, theme))
            item.setToolTip(0, kind.summary_line())

    def _fill_shelf(self) -> None:
        """The favourites and the types added last, above the categories; neither is there while it is empty."""
        for group, names in zip(self._shelf_groups, (self.shelf.favourites, self.shelf.added)):
            group.takeChildren()
            self._put(group, [self.catalogue[name] for name in names if name in self.catalogue.members])
            group.setHidden(not group.childCount() or bool(self.search.text().strip()))

    def _show_menu(self, at: QPoint) -> QMenu | None:
        """What can be done with the type at `at` of the list."""
        item = self.tree.itemAt(at)
        if item is None or not (item.data(0, TYPE) or item.data(0, BLOCK)):
            return None
        name, block = item.data(0, TYPE), item.data(0, BLOCK)
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        if block:
            self.blocks.fill_menu(menu, block, self.add_block)
            menu.popup(self.tree.viewport().mapToGlobal(at))
            return menu
        menu.addAction(self.tr("Add to the Canvas"), lambda: self.add(name))
        favourite = name in self.shelf.favourites
        text = self.tr("Remove from Favourites") if favourite else self.tr("Add to Favourites")
        menu.addAction(text, lambda: self.shelf.set_favourite(name, not favourite))
        menu.popup(self.tree.viewport().mapToGlobal(at))
        return menu

    def _types(self) -> list[QTreeWidgetItem]:
        """The items of the categories: each type once."""
        aside = (*self._shelf_groups, self.blocks.item)
        return [item for group in self._groups() if group not in aside for item in _children(group)]

    def _left(self) -> list[QTreeWidgetItem]:
        """The items of types that the search leaves."""
        return [item for item in self._types() if not item.isHidden()]

    def _shelved(self) -> list[QTreeWidgetItem]:
        return [item for group in self._shelf_groups for item in _children(group)]

    def _groups(self) -> list[QTreeWidgetItem]:
        groups = (self.tree.topLevelItem(i) for i in range(self.tree.topLevelItemCount()))
        return [g for g in groups if g is not None]

    def _filter(self, text: str) -> None:
        names = [choice.type.name for choice in matching(text, everything(self.catalogue))]
        items = {item.data(0, TYPE): item for item in self._types()}
        for name, item in items.items():
            item.setHidden(name not in names)
        for group in self._groups():
            shelved = group in self._shelf_groups
            group.setHidden((shelved and bool(text.strip())) or all(item.isHidden() for item in _children(group)))
        self.blocks.narrow(text)
        if names and text.strip():
            self.tree.setCurrentItem(items[names[0]])
        else:
            self.tree.clearSelection()

    def _activate(self, item: QTreeWidgetItem | None) -> None:
        if item is not None and item.data(0, TYPE):
            self.add(item.data(0, TYPE))
        elif item is not None and item.data(0, BLOCK):
            self.add_block(item.data(0, BLOCK))


class _Tree(QTreeWidget):
    """The list; what is dragged out of it carries the type's name, or the whole of a kept block."""

    def __init__(self, library: BlockLibrary) -> None:
        super().__init__()
        self._library = library
        self.setHeaderHidden(True)
        self.setIndentation(10)
        self.setDragEnabled(True)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragOnly)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setAccessibleName(self.tr("Layers"))

    def mimeTypes(self) -> list[str]:
        return [MIME, BLOCK_MIME]

    def mimeData(self, items: list[QTreeWidgetItem]) -> QMimeData:  # type: ignore[override]
        data = QMimeData()
        for item in items:
            if item.data(0, TYPE):
                data.setData(MIME, item.data(0, TYPE).encode())
            elif item.data(0, BLOCK) in self._library.blocks:
                data.setData(BLOCK_MIME, self._library.document(item.data(0, BLOCK)).encode())
        return data


def _children(item: QTreeWidgetItem) -> list[QTreeWidgetItem]:
    return [child for i in range(item.childCount()) if (child := item.child(i)) is not None]


def _icon_of(kind: type[NodeType], theme: Theme) -> QIcon:
    return icon(kind.icon, theme.category_ink(kind.category).name())
