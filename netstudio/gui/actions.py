"""From the table of commands to the window's actions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QAction, QKeySequence

from netstudio.gui.bindings import Bindings
from netstudio.gui.commands import CANVAS, COMMANDS, Command
from netstudio.gui.icons import action_icon

if TYPE_CHECKING:
    from netstudio.gui.theme import Theme
    from netstudio.gui.window import MainWindow


def translated(text: str) -> str:
    return QCoreApplication.translate("actions", text)


def make_actions(window: MainWindow) -> dict[str, QAction]:
    """A QAction for each command, by id, in the order of the table."""
    return {command.id: _make(window, command) for command in COMMANDS}


def _make(window: MainWindow, command: Command) -> QAction:
    action = QAction(translated(command.title), window)
    action.setObjectName(command.id)
    action.setCheckable(command.checked is not None)
    action.triggered.connect(lambda _checked=False: command.run(window))
    if command.scope == CANVAS:
        action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        window.canvas.addAction(action)
    else:
        window.addAction(action)
    return action


def bind_actions(actions: Mapping[str, QAction], bindings: Bindings) -> None:
    """Give every action its keys as they are bound now."""
    for command in COMMANDS:
        _bind(actions[command.id], command, bindings.keys(command.id))


def _bind(action: QAction, command: Command, keys: Sequence[str]) -> None:
    action.setShortcuts([QKeySequence(k) for k in keys])
    _explain(action, command)


def _explain(action: QAction, command: Command) -> None:
    """The tooltip: the title and the keys, or why it can't be used now."""
    keys = ", ".join(key.toString() for key in action.shortcuts())
    title = translated(command.title).rstrip(" …") + (f" ({keys})" if keys else "")
    missing = "" if action.isEnabled() else translated(command.why_not)
    action.setToolTip(f"{title}: {missing}" if missing else title)


def refresh_actions(window: MainWindow, actions: Mapping[str, QAction]) -> None:
    """Enable what can be done now."""
    for command in COMMANDS:
        action = actions[command.id]
        action.setEnabled(command.enabled is None or command.enabled(window))
        _explain(action, command)
        if command.checked is not None:
            action.setChecked(command.checked(window))
        if command.about is not None:
            action.setText(f"{translated(command.title)} {command.about(window)}".rstrip())


def colour_actions(actions: Mapping[str, QAction], theme: Theme) -> None:
    """Give the actions icons in the theme's colours; Run stands out."""
    colours = {"training.run": "success", "training.stop": "error"}
    for command in COMMANDS:
        if command.icon:
            actions[command.id].setIcon(action_icon(command.icon, theme.hex(colours.get(command.id, "text"))))
