"""My blocks in the palette: the group of the blocks that the user keeps."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QMenu, QTreeWidget, QTreeWidgetItem

from netstudio.composite import Composite
from netstudio.gui.block_library import BlockLibrary
from netstudio.gui.icons import icon
from netstudio.gui.theme import current_theme

BLOCK = Qt.ItemDataRole.UserRole + 1  # the name of a kept block


class BlockGroup:
    """Keeps one group of a palette's tree in step with the library; hidden while that is empty."""

    def __init__(self, tree: QTreeWidget, library: BlockLibrary) -> None:
        self.library = library
        self.item = QTreeWidgetItem(tree, [_tr("My blocks")])
        self.item.setFlags(Qt.ItemFlag.ItemIsEnabled)
        self._text = ""
        library.changed.connect(self.fill)
        self.fill()

    def fill(self) -> None:
        """Show the blocks that are kept now."""
        self.item.takeChildren()
        ink = current_theme().category_ink(Composite.category).name()
        for name, node in self.library.blocks.items():
            entry = QTreeWidgetItem(self.item, [name])
            entry.setData(0, BLOCK, name)
            entry.setIcon(0, icon(Composite.icon, ink))
            inside = node.params.get("graph", {}).get("nodes", [])
            types = ", ".join(dict.fromkeys(n["type"] for n in inside if n["type"] not in ("Input", "Output")))
            entry.setToolTip(0, _tr("A block of {}").format(types) if types else _tr("An empty block"))
        self.item.setExpanded(True)
        self.narrow(self._text)

    def narrow(self, text: str) -> None:
        """Leave the blocks whose name holds every word of `text`."""
        self._text = text
        words = text.lower().split()
        entries = [entry for at in range(self.item.childCount()) if (entry := self.item.child(at)) is not None]
        for entry in entries:
            entry.setHidden(not all(word in entry.text(0).lower() for word in words))
        self.item.setHidden(all(entry.isHidden() for entry in entries))

    def fill_menu(self, menu: QMenu, name: str, add: Callable[[str], object]) -> None:
        """What can be done with a kept block."""
        menu.addAction(_tr("Add to the Canvas"), lambda: add(name))
        menu.addAction(_tr("Rename …"), lambda: self.library.ask_to_rename(name))
        menu.addAction(_tr("Remove …"), lambda: self.library.ask_to_remove(name))


def _tr(text: str) -> str:
    return QCoreApplication.translate("PalettePanel", text)
