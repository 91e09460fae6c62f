"""The list of all shortcuts, made from the table of actions and the canvas's gestures."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QVBoxLayout, QWidget

from netstudio.gui.actions import COMMANDS, translated
from netstudio.gui.panels.tables import fill, table

GESTURES = (
    ("Add a node at the mouse", "Tab, Shift+A, double-click"),
    ("Delete and keep the wires apart", "Alt+Del"),
    ("Duplicate by dragging", "Ctrl+drag"),
    ("Move a little, or more", "Arrow keys, Shift+Arrow keys"),
    ("Pan", "Space+drag, middle button"),
    ("Zoom", "Wheel"),
)


class ShortcutsDialog(QDialog):
    """Every action that has keys, and every gesture."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setObjectName("dialog.shortcuts")
        self.setWindowTitle(self.tr("Keyboard Shortcuts"))
        self.table = table(self.windowTitle())
        rows = [(translated(c.title).rstrip(" …"), ", ".join(c.shortcuts)) for c in COMMANDS if c.shortcuts]
        rows += [(translated(what), translated(keys)) for what, keys in GESTURES]
        fill(self.table, [self.tr("action"), self.tr("keys")], rows)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.addWidget(self.table)
        column.addWidget(buttons)
        self.resize(480, 560)
