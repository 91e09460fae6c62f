"""My blocks: what the window knows of the user's library of blocks, and the questions that keeping one asks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QInputDialog, QMessageBox, QWidget

from netstudio.errors import NetStudioError
from netstudio.graph import Graph, Node

Button = QMessageBox.StandardButton


class BlockLibrary(QObject):
    """The kept blocks by name. `told` carries a level and a text for people; nothing here raises or blocks."""

    changed = Signal()
    told = Signal(str, str)

    def __init__(self, parent: QWidget | None = None, place: Path | None = None) -> None:
        super().__init__(parent)
        self._window, self._place = parent, place
        self.blocks: dict[str, Node] = {}

    def load(self) -> None:
        """Read what is kept; files that can't be read are told of."""
        from netstudio import blocks  # reading documents is loaded late: the window comes up first

        library = blocks.all(self._place)
        for failure in library.failures:
            self.told.emit("warning", failure)
        self.blocks = {block.name: block.node for block in library.blocks}
        self.changed.emit()

    def document(self, name: str) -> str:
        """A kept block as a graph document."""
        from netstudio.files.documents import dump_graph

        node = self.blocks[name]
        return dump_graph(Graph(name, {node.id: node}))

    def ask_to_keep(self, node: Node) -> QInputDialog:
        """Ask under which name to keep a block, and keep it."""
        return self._ask(self.tr("Save to My Blocks"), self.tr("Name of the block"), node.title, self._keeper(node))

    def ask_to_rename(self, name: str) -> QInputDialog:
        """Ask for another name of a kept block."""
        return self._ask(
            self.tr("Rename Block"), self.tr("Name of the block"), name, lambda new: self.rename(name, new)
        )

    def ask_to_remove(self, name: str) -> QMessageBox:
        """Ask whether a kept block is to go; graphs that it is in keep their copies."""
        text = self.tr("Remove “{}” from My Blocks?").format(name)
        more = self.tr("Its file is deleted. Graphs that use the block keep their copies.")
        return self._confirm("removeBlock", text, more, lambda: self.remove(name))

    def keep(self, name: str, node: Node) -> bool:
        """Keep a block under `name`, in place of the one of that name."""
        from netstudio import blocks

        done = self._try(lambda: blocks.save(name, node, self._place))
        if done:
            self.told.emit("info", self.tr("“{}” is among My Blocks in the palette.").format(" ".join(name.split())))
        return done

    def rename(self, old: str, new: str) -> bool:
        from netstudio import blocks

        return self._try(lambda: blocks.rename(old, new, self._place))

    def remove(self, name: str) -> bool:
        from netstudio import blocks

        return self._try(lambda: blocks.remove(name, self._place))

    def _keeper(self, node: Node) -> Callable[[str], object]:
        def keep(name: str) -> None:
            if " ".join(name.split()) not in self.blocks:
                self.keep(name, node)
                return
            text = self.tr("There is a block “{}” already. Replace it?").format(name)
            self._confirm("replaceBlock", text, "", lambda: self.keep(name, node))

        return keep

    def _try(self, do: Callable[[], object]) -> bool:
        try:
            do()
        except NetStudioError as error:
            self.told.emit("error", str(error))
            return False
        self.load()
        return True

    def _ask(self, title: str, label: str, text: str, then: Callable[[str], object]) -> QInputDialog:
        box = QInputDialog(self._window)
        box.setObjectName("question.blockName")
        box.setWindowTitle(title)
        box.setLabelText(label)
        box.setTextValue(text)
        box.textValueSelected.connect(then)
        box.finished.connect(box.deleteLater)
        box.open()
        return box

    def _confirm(self, about: str, text: str, more: str, then: Callable[[], object]) -> QMessageBox:
        box = QMessageBox(self._window)
        box.setObjectName(f"question.{about}")
        box.setIcon(QMessageBox.Icon.Question)
        box.setText(text)
        box.setInformativeText(more)
        box.setStandardButtons(Button.Yes | Button.No)
        box.setDefaultButton(Button.No)
        box.accepted.connect(lambda: then() if box.standardButton(box.clickedButton()) == Button.Yes else None)
        box.finished.connect(box.deleteLater)
        box.open()
        return box
