"""Keys that the user binds: no clashes, remembered, and what is damaged passed over."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from netstudio.graph import edits
from netstudio.gui.bindings import Bindings, normal
from netstudio.gui.commands import CANVAS, COMMANDS
from netstudio.gui.shortcuts import ShortcutsDialog
from netstudio.gui.window import MainWindow
from tests.gui.test_window import act
from tests.gui.toys import MakeWindow

CTRL, ALT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier


@pytest.fixture
def dialog(window: MainWindow) -> ShortcutsDialog:
    act(window, "help.shortcuts").trigger()
    found = window.findChild(ShortcutsDialog)
    assert found is not None
    return found


def choose(dialog: ShortcutsDialog, id: str) -> None:
    dialog.table.selectRow(next(y for y, c in enumerate(dialog.commands) if c.id == id))


def press(dialog: ShortcutsDialog, qtbot: QtBot, key: Qt.Key, keys: Qt.KeyboardModifier) -> None:
    with qtbot.waitSignal(dialog.keys.editingFinished, timeout=3000):
        qtbot.keyClick(dialog.keys, key, keys)


def test_the_table_clashes_nowhere() -> None:
    bindings = Bindings()
    for command in COMMANDS:
        for key in bindings.keys(command.id):
            assert normal(key) == key
            assert bindings.taken(command.id, key) is None, command.id


def test_a_key_is_bound_pressed_and_remembered(
    make_window: MakeWindow, window: MainWindow, dialog: ShortcutsDialog, qtbot: QtBot
) -> None:
    choose(dialog, "edit.undo")
    press(dialog, qtbot, Qt.Key.Key_U, CTRL | ALT)
    dialog.close()
    with qtbot.waitActive(window):
        window.activateWindow()
    window.session.apply(edits.AddNode("Flatten"))
    qtbot.keyClick(window, Qt.Key.Key_Z, CTRL)
    assert "flatten1" in window.session.graph.nodes, "the old key does nothing now"
    qtbot.keyClick(window, Qt.Key.Key_U, CTRL | ALT)
    assert "flatten1" not in window.session.graph.nodes
    assert "Ctrl+Alt+U" in act(window, "edit.undo").toolTip()
    window.close_now()
    assert act(make_window(), "edit.undo").shortcut().toString() == "Ctrl+Alt+U"


def test_a_key_that_is_taken_is_refused_in_words(window: MainWindow, dialog: ShortcutsDialog, qtbot: QtBot) -> None:
    choose(dialog, "edit.undo")
    press(dialog, qtbot, Qt.Key.Key_S, CTRL)
    assert dialog.said.text() == "These keys are taken by “Save”. Give that other keys first."
    assert act(window, "edit.undo").shortcut().toString() == "Ctrl+Z"
    press(dialog, qtbot, Qt.Key.Key_Space, Qt.KeyboardModifier.NoModifier)
    assert "a gesture of the canvas" in dialog.said.text()
    dialog.close()


def test_keys_are_taken_away_and_given_back(window: MainWindow, dialog: ShortcutsDialog, qtbot: QtBot) -> None:
    def click(name: str) -> None:
        qtbot.mouseClick(dialog.findChild(QPushButton, f"shortcuts.{name}"), Qt.MouseButton.LeftButton)

    choose(dialog, "edit.redo")
    click("clear")
    assert act(window, "edit.redo").shortcuts() == []
    choose(dialog, "edit.undo")
    press(dialog, qtbot, Qt.Key.Key_Y, CTRL)
    choose(dialog, "edit.redo")
    click("reset")
    assert "taken by “Undo”" in dialog.said.text()
    click("resetAll")
    assert [k.toString() for k in act(window, "edit.redo").shortcuts()] == ["Ctrl+Y", "Ctrl+Shift+Z"]
    assert window.settings.shortcuts == {}
    dialog.close()


def test_a_gesture_has_fixed_keys_and_the_list_is_searched(dialog: ShortcutsDialog, qtbot: QtBot) -> None:
    dialog.table.selectRow(dialog.table.rowCount() - 1)
    assert not dialog.keys.isEnabled()
    qtbot.keyClicks(dialog.search, "redo")
    shown = [y for y in range(dialog.table.rowCount()) if not dialog.table.isRowHidden(y)]
    assert [dialog.table.item(y, 0).text() for y in shown] == ["Redo"]
    dialog.close()


def test_what_a_damaged_file_binds_is_passed_over() -> None:
    own = {"edit.undo": ["Ctrl+S"], "no.such": ["Ctrl+1"], "edit.redo": ["no key", "ctrl+shift+y"], "file.new": []}
    bindings = Bindings(own)
    assert bindings.keys("edit.undo") == ("Ctrl+Z",)
    assert bindings.keys("edit.redo") == ("Ctrl+Shift+Y",)
    assert bindings.keys("file.new") == ()
    assert bindings.bind("edit.undo", "Shift+A") == CANVAS
