"""The first step: what the data are, how they were read, and their rows."""

from __future__ import annotations

from pathlib import PurePath
from typing import Any

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QSizePolicy, QSplitter, QVBoxLayout, QWidget

from netstudio.data.settings import DataSettings
from netstudio.data.sources.packed import TEXTS, suffix_of
from netstudio.gui.data.table import SampleTable
from netstudio.gui.figures import number
from netstudio.gui.forms.form import Form
from netstudio.gui.forms.source import SourceEditor
from netstudio.gui.importing.choosing import Choices
from netstudio.gui.importing.draft import Draft
from netstudio.gui.importing.found import Found
from netstudio.gui.look import heading, muted

TITLES = {"read": "the file", "image": "images", "audio": "sounds", "text": "texts", "window": "time series"}
BOOKS = (".xlsx", ".xls", ".ods")
SIDE = 280  # width of the forms


class SourcePage(QWidget):
    """Follows the draft; the blocks that matter for the kind of source stand at the side."""

    def __init__(self, draft: Draft) -> None:
        super().__init__()
        self.draft = draft
        self._shown: Found | None = None
        self.source = SourceEditor(DataSettings.source)
        self.source.setObjectName("import.source")
        self.source.setAccessibleName(self.tr("The data"))
        self.source.setPlaceholderText(self.tr("Choose a file or a folder, or drop it here"))
        self.source.folder = draft.folder
        self.source.edited.connect(self._on_source)
        self.source.editingFinished.connect(self._on_typed)
        self.told = muted()
        self.told.setObjectName("import.told")
        self.table = SampleTable()
        declared = {name: p for name, p in DataSettings.declared.items() if p.kind == "block" and name in TITLES}
        self.form = Form(declared, "import.")
        self.form.changed.connect(lambda name, value, _typing: draft.set(name, value))
        self.form.reset.connect(lambda name: draft.set(name, None))
        self._lay_out()
        draft.changed.connect(self.refresh)
        draft.read.connect(self._on_read)
        self.refresh()

    def refresh(self) -> None:
        """Show the draft's settings, as far as they matter for its source."""
        if not self.source.hasFocus() or not self.source.isModified():
            self.source.show_value(self.draft.source)
        wanted = _blocks(self.draft)
        for name, row in self.form.rows.items():
            row.setVisible(name in wanted)
            row.label.setText(self.tr(TITLES[name]))
        self.form.rows["read"].editor.form.rows["sheet"].setVisible(_suffix(self.draft) in BOOKS)
        for name in ("delimiter", "encoding", "decimal"):
            self.form.rows["read"].editor.form.rows[name].setVisible(_suffix(self.draft) not in BOOKS)
        self.side.setVisible(bool(wanted) and (self.draft.found is not None or bool(self.draft.error)))
        self.form.show_values(self.draft.block)
        image = self.form.rows["image"].editor.form.rows
        image["file_column"].setVisible(self.draft.found is not None and self.draft.found.dataset.table is not None)
        for name in ("size", "channels"):
            image[name].editor.setPlaceholderText(self.tr("as they are"))

    def _on_read(self) -> None:
        found = self.draft.found
        self.table.setVisible(found is not None)
        self.told.setVisible(found is not None)
        self.empty.setVisible(found is None)
        if found is None:
            self.refresh()  # what the error speaks of can be set
            return
        if found is not self._shown:
            self._shown = found
            self.table.show_columns(found.columns)
        self.told.setText(_told(found))
        self._show_form(found)
        self.refresh()

    def _show_form(self, found: Found) -> None:
        """What was found out about a file of text stands greyed where nothing else is said."""
        if found.form is None:
            return
        rows = self.form.rows["read"].editor.form.rows
        form = found.form
        yes = self.tr("yes") if form.header else self.tr("no")
        told = {"delimiter": _mark(form.delimiter), "encoding": form.encoding, "decimal": form.decimal, "header": yes}
        for name, text in told.items():
            editor = rows[name].editor
            if hasattr(editor, "setItemText"):
                editor.setItemText(0, text)
            else:
                editor.setPlaceholderText(text)

    def _on_source(self, text: Any, typing: bool) -> None:
        if not typing and text:
            self.draft.open(str(text))

    def _on_typed(self) -> None:
        text = self.source.text().strip()
        if text and text != self.draft.source:
            self.draft.open(text)

    def _lay_out(self) -> None:
        side = QWidget()
        inner = QVBoxLayout(side)
        inner.setContentsMargins(12, 0, 8, 0)
        inner.addWidget(heading(self.tr("How it is read")))
        inner.addWidget(self.form)
        self.form.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        inner.addStretch(1)
        self.side = QScrollArea()
        self.side.setWidgetResizable(True)
        self.side.setFrameShape(QFrame.Shape.NoFrame)
        self.side.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.side.setWidget(side)
        both = QSplitter(Qt.Orientation.Horizontal)
        both.setChildrenCollapsible(False)
        both.setHandleWidth(8)
        both.addWidget(self.table)
        both.addWidget(self.side)
        both.setStretchFactor(0, 1)
        both.setSizes([3 * SIDE, SIDE])
        self.empty = Choices(self.source)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 16, 8)
        column.setSpacing(8)
        column.addWidget(self.source)
        column.addWidget(self.empty)
        column.addWidget(self.told)
        column.addWidget(both, 1)
        column.addStretch(0)
        self.table.hide()


def _blocks(draft: Draft) -> tuple[str, ...]:
    """The settings that matter for the kind of source."""
    kinds = {c.kind for c in draft.found.columns} if draft.found is not None else set()
    named = ("read",) if _suffix(draft) in (*TEXTS, *BOOKS) else ()
    table = draft.found is not None and draft.found.dataset.table is not None
    texts = any(said.get("type") == "text" for said in draft.block.get("columns", {}).values())
    sounds = draft.found is not None and "sound" in draft.found.dataset.fields
    images = "image" in kinds and not sounds and not draft.source.startswith("sklearn:")
    parts = {"audio": sounds, "image": images, "text": texts, "window": table}
    meant = {name for name in parts if f'"{name}"' in draft.error}
    return (*named, *(name for name, wanted in parts.items() if wanted or name in meant))


def _suffix(draft: Draft) -> str:
    return suffix_of(PurePath(draft.source))


def _told(found: Found) -> str:
    form = f" · {found.form.described()}" if found.form is not None else ""
    rows, columns = number(found.dataset.rows), len(found.columns)
    return _tr("{} rows · {} columns").format(rows, columns) + form


def _tr(text: str) -> str:
    return QCoreApplication.translate("SourcePage", text)


def _mark(character: str) -> str:
    return {"\t": "tab", " ": "space"}.get(character, character)
