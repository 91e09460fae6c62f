"""The editor of the data's source: a line to type into, and a menu of what there is to choose."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QFileDialog, QLineEdit, QMenu

from netstudio.data.places import named_from
from netstudio.data.sources.sklearn_sets import READERS
from netstudio.gui.forms.editors import LineEditor
from netstudio.gui.icons import icon
from netstudio.gui.theme import current_theme

FILES = "Data (*.csv *.tsv *.txt *.parquet *.xlsx *.ods *.npz *.npy *.gz *ubyte);;All files (*)"


class SourceEditor(LineEditor):
    """`folder` is where relative paths start: a file chosen under it is named from there."""

    tall = True  # a path needs the width

    def __init__(self, param: Any) -> None:
        super().__init__(param)
        self.folder: Path | None = None
        browse = self.addAction(icon("open", current_theme().hex("muted")), QLineEdit.ActionPosition.TrailingPosition)
        browse.setObjectName("source.browse")
        browse.setToolTip(self.tr("Choose the data"))
        browse.triggered.connect(self._offer)

    def menu(self) -> QMenu:
        """The sets that come along, and the ways to choose one's own."""
        menu = QMenu(self)
        for name in READERS:
            menu.addAction(f"sklearn:{name}", partial(self.take, f"sklearn:{name}"))
        menu.addSeparator()
        menu.addAction(self.tr("File …"), self.ask_for_file)
        menu.addAction(self.tr("Folder of images, sounds or arrays …"), self.ask_for_folder)
        return menu

    def ask_for_file(self) -> None:
        """Have a file chosen."""
        self._take_path(QFileDialog.getOpenFileName(self, filter=FILES)[0])

    def ask_for_folder(self) -> None:
        """Have a folder chosen."""
        self._take_path(QFileDialog.getExistingDirectory(self))

    def _offer(self) -> None:
        menu = self.menu()
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self.mapToGlobal(self.rect().bottomLeft()))

    def take(self, source: str) -> None:
        """Name that source."""
        self.setText(source)
        self.edited.emit(source, False)

    def _take_path(self, chosen: str) -> None:
        if chosen:
            self.take(named_from(Path(chosen), self.folder))
