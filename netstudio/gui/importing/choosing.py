"""Where there are no data yet: the ways to choose some."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from netstudio.data.sources.sklearn_sets import READERS
from netstudio.gui.forms.source import SourceEditor
from netstudio.gui.look import heading, muted

WIDTH = 200


class Choices(QWidget):
    """Buttons for a file, a folder, and each of the sets that come along."""

    def __init__(self, source: SourceEditor) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 8, 0, 0)
        column.setSpacing(8)
        column.addWidget(heading(self.tr("Your own")))
        kinds = self.tr(
            "A table: .csv, .tsv, .txt (or these as .gz), .xlsx, .ods, .parquet. Arrays: .npy, .npz, IDX files."
        )
        folders = self.tr("A folder with a folder of images, or of sounds (.wav), for each class; or of .npy files.")
        asked = {
            "file": (self.tr("A file …"), kinds, source.ask_for_file),
            "folder": (self.tr("A folder …"), folders, source.ask_for_folder),
        }
        grid = QGridLayout()
        grid.setHorizontalSpacing(16)
        for y, (name, (title, told, ask)) in enumerate(asked.items()):
            grid.addWidget(_button(f"choose.{name}", title, ask), y, 0)
            grid.addWidget(muted(told), y, 1)
        grid.setColumnStretch(1, 1)
        column.addLayout(grid)
        column.addSpacing(8)
        column.addWidget(heading(self.tr("Or one that comes along")))
        own = QHBoxLayout()
        own.setSpacing(8)
        for name in READERS:
            own.addWidget(_button(f"choose.{name}", name.replace("_", " "), partial(source.take, f"sklearn:{name}"), 0))
        own.addStretch(1)
        column.addLayout(own)
        column.addStretch(1)


def _button(name: str, title: str, do: Callable[[], object], width: int = WIDTH) -> QPushButton:
    made = QPushButton(title)
    made.setObjectName(name)
    made.setAutoDefault(False)
    if width:
        made.setFixedWidth(width)
    made.clicked.connect(lambda _checked=False: do())
    return made
