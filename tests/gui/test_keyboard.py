"""From an empty canvas to a training network without the mouse."""

from __future__ import annotations

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from netstudio.gui.window import MainWindow
from tests.gui.canvas.hand import seen

Key = Qt.Key
CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


def test_a_network_is_built_and_trained_by_keys_alone(window: MainWindow, qtbot: QtBot) -> None:
    def add(key: Key, text: str, held: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        qtbot.keyClick(window.canvas.view, key, held)
        qtbot.keyClicks(window.canvas.search.edit, text)
        qtbot.keyClick(window.canvas.search.edit, Key.Key_Return)

    qtbot.keyClick(window, Key.Key_N, CTRL)
    add(Key.Key_A, "input", SHIFT)
    add(Key.Key_Tab, "dense")
    add(Key.Key_Tab, "squared")
    add(Key.Key_Tab, "target")
    session = window.session
    assert [str(w) for w in session.graph.wires] == [
        "input1.out → dense1.in",
        "dense1.out → meansquarederror1.pred",
        "target1.out → meansquarederror1.target",
    ]
    assert not [p for p in session.problems if p.severity == "error"]
    assert all(seen(window.canvas, window.canvas.node_rect(id)) for id in session.selection)
    qtbot.keyClick(window, Key.Key_F5)
    qtbot.waitUntil(lambda: session.training_state == "idle" and bool(session.history.epoch))
