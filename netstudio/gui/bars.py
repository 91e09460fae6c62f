"""The menus and the toolbar, from the table of commands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QMenu, QToolBar, QToolButton

from netstudio.gui.commands import COMMANDS, MENUS, NEW_SECTION, TOOLBAR
from netstudio.gui.recent_menu import RecentMenu

if TYPE_CHECKING:
    from netstudio.gui.window import MainWindow

_ICON = 20  # pixels of an icon's side
_WITH_TEXT = ("data.import", "training.run")  # what a newcomer presses first


def make_menus(window: MainWindow) -> None:
    """Fill the window's menu bar."""
    for key, title in MENUS.items():
        menu = window.menuBar().addMenu(window.tr(title))
        menu.setToolTipsVisible(True)
        _fill(menu, key, window)
        if key == "view":
            menu.addSeparator()
            menu.addActions([d.toggleViewAction() for d in window.docks.values()])


def _fill(menu: QMenu, key: str, window: MainWindow) -> None:
    for command in COMMANDS:
        if command.menu == key:
            if command.id in NEW_SECTION:
                menu.addSeparator()
            menu.addAction(window.actions_by_id[command.id])
        if command.id == key + ".open":
            menu.addMenu(RecentMenu(lambda: window.settings.recent, window.documents.open, menu))


def make_toolbar(window: MainWindow) -> QToolBar:
    """The window's toolbar, a separator between the groups of the table."""
    bar = window.addToolBar(window.tr("Toolbar"))
    bar.setObjectName("toolbar")
    bar.setMovable(False)
    bar.setIconSize(QSize(_ICON, _ICON))
    for number, group in enumerate(TOOLBAR):
        if number:
            bar.addSeparator()
        bar.addActions([window.actions_by_id[id] for id in group])
    window.actions_by_id["data.import"].setIconText(window.tr("Data …"))
    for id in _WITH_TEXT:
        button = bar.widgetForAction(window.actions_by_id[id])
        assert isinstance(button, QToolButton)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
    return bar
