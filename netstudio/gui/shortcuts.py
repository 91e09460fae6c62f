"""The page of all shortcuts, made from the table of actions and the canvas's gestures; keys can be changed there."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QHeaderView,
    QKeySequenceEdit,
    QLabel,
    QLineEdit,
    QPushButton,
    QTableWidget,
    QVBoxLayout,
    QWidget,
)

from netstudio.gui.actions import translated
from netstudio.gui.bindings import Bindings
from netstudio.gui.commands import COMMANDS, Command
from netstudio.gui.look import muted, set_property
from netstudio.gui.panels.tables import fill, table

GESTURES = (
    ("Add a node at the mouse", "Shift+A, double-click"),
    ("Add what goes on from the selected node, or at the mouse", "Tab"),
    ("Delete and keep the wires apart", "Alt+Del"),
    ("Duplicate by dragging", "Ctrl+drag"),
    ("Insert into a wire", "drop a node on it"),
    ("Move a little, or more", "Arrow keys, Shift+Arrow keys"),
    ("Pan", "Space+drag, middle button"),
    ("Zoom", "Wheel"),
)
TITLES = {c.id: c.title for c in COMMANDS}


class ShortcutsDialog(QDialog):
    """Every action with its keys, and every gesture. `changed` is called when keys were bound anew."""

    def __init__(self, bindings: Bindings, changed: Callable[[], object], parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setObjectName("dialog.shortcuts")
        self.setWindowTitle(self.tr("Keyboard Shortcuts"))
        self.bindings, self._changed = bindings, changed
        self.commands: list[Command] = list(COMMANDS)
        self.search = QLineEdit(placeholderText=self.tr("Search actions"), clearButtonEnabled=True)
        self.search.setObjectName("shortcuts.search")
        self.search.textChanged.connect(self._filter)
        self.table = table(self.windowTitle())
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.itemSelectionChanged.connect(self._show_chosen)
        self.table.horizontalHeader().setStretchLastSection(False)
        self.keys = QKeySequenceEdit()
        self.keys.setMaximumSequenceLength(1)
        self._on_chosen: list[QWidget] = [self.keys]  # what works on the chosen action
        self.keys.setObjectName("shortcuts.keys")
        self.keys.setAccessibleName(self.tr("Keys of the chosen action"))
        self.keys.editingFinished.connect(self._bind)
        self.said = QLabel(wordWrap=True)
        self.said.setObjectName("shortcuts.said")
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(8)
        column.addWidget(self.search)
        column.addWidget(self.table, 1)
        column.addLayout(self._editing())
        column.addWidget(self.said)
        column.addWidget(self._closing())
        self.resize(640, 600)
        self._fill()
        self._show_chosen()

    def _editing(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(muted(self.tr("Choose an action, then press its new keys:")), 1)
        row.addWidget(self.keys, 1)
        for name, text, do in (
            ("clear", self.tr("No keys"), lambda: self._bound(self.bindings.bind(self._chosen(), ""))),
            ("reset", self.tr("Default"), lambda: self._bound(self.bindings.reset(self._chosen()))),
        ):
            button = QPushButton(text)
            button.setObjectName(f"shortcuts.{name}")
            button.setAutoDefault(False)
            button.clicked.connect(do)
            row.addWidget(button)
            self._on_chosen.append(button)
        return row

    def _closing(self) -> QDialogButtonBox:
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        everything = buttons.addButton(self.tr("All defaults"), QDialogButtonBox.ButtonRole.ResetRole)
        everything.setObjectName("shortcuts.resetAll")
        everything.setAutoDefault(False)
        everything.clicked.connect(self._reset_all)
        buttons.rejected.connect(self.reject)
        return buttons

    def _fill(self) -> None:
        rows = [(_title(c.id), ", ".join(self.bindings.keys(c.id))) for c in self.commands]
        rows += [(translated(what), translated(keys)) for what, keys in GESTURES]
        chosen = self.table.currentRow()
        fill(self.table, [self.tr("action"), self.tr("keys")], rows)
        self.table.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self._filter(self.search.text())
        if chosen >= 0:
            self.table.selectRow(chosen)

    def _filter(self, text: str) -> None:
        words = text.lower().split()
        for y in range(self.table.rowCount()):
            shown = f"{_text(self.table, y, 0)} {_text(self.table, y, 1)}".lower()
            self.table.setRowHidden(y, not all(word in shown for word in words))

    def _chosen(self) -> str:
        """The id of the chosen action; "" for a gesture, whose keys are fixed, and where nothing is chosen."""
        row = self.table.currentRow() if self.table.selectedItems() else -1
        return self.commands[row].id if 0 <= row < len(self.commands) else ""

    def _show_chosen(self) -> None:
        id = self._chosen()
        for widget in self._on_chosen:
            widget.setEnabled(bool(id))
        keys = self.bindings.keys(id) if id else ()
        self.keys.setKeySequence(QKeySequence(keys[0]) if keys else QKeySequence())
        self._say("")

    def _bind(self) -> None:
        key = self.keys.keySequence().toString(QKeySequence.SequenceFormat.PortableText)
        if self._chosen() and key and key not in self.bindings.keys(self._chosen()):
            self._bound(self.bindings.bind(self._chosen(), key))

    def _bound(self, holder: str | None) -> None:
        if holder is None:
            self._fill()
            self._changed()
            self._say("")
            return
        self._show_chosen()
        self._say(self.tr("These keys are taken by “{}”. Give that other keys first.").format(_title(holder)))

    def _reset_all(self) -> None:
        self.bindings.reset_all()
        self._fill()
        self._show_chosen()
        self._changed()

    def _say(self, text: str) -> None:
        self.said.setText(text)
        set_property(self.said, "role", "error")


def _title(id: str) -> str:
    return translated(TITLES.get(id, "a gesture of the canvas")).rstrip(" …")


def _text(of: QTableWidget, y: int, x: int) -> str:
    item = of.item(y, x)
    return item.text() if item is not None else ""
