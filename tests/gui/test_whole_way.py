"""The whole way through the window: build, train, watch, undo, save, reopen, export, predict."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent, QKeySequence
from PySide6.QtWidgets import QAbstractButton, QAbstractSpinBox, QApplication, QComboBox, QLineEdit, QTreeWidgetItem
from pytestqt.qtbot import QtBot

import netstudio as ns
from netstudio.data.prepare import prepare
from netstudio.files.documents import dump_graph
from netstudio.gui.window import MainWindow
from tests.gui.canvas.hand import Hand
from tests.gui.toys import real_window

SLOW_MS = 120_000  # where kernels are still to be compiled
PLACES = {
    "Input": (-560, -60),
    "Conv2D": (-360, -60),
    "MaxPooling2D": (-160, -60),
    "Flatten": (40, -60),
    "Dense": (240, -60),
    "SparseCategoricalCrossentropy": (440, -60),
    "Target": (240, 80),
}
WIRES = [
    ("input1", "out", "conv2d1", "in"),
    ("conv2d1", "out", "maxpooling2d1", "in"),
    ("maxpooling2d1", "out", "flatten1", "in"),
    ("flatten1", "out", "dense1", "in"),
    ("dense1", "out", "sparsecategoricalcrossentropy1", "pred"),
    ("target1", "out", "sparsecategoricalcrossentropy1", "target"),
]


@pytest.fixture
def window(qtbot: QtBot) -> MainWindow:
    made = real_window(qtbot, 1600, 1000)
    made.actions_by_id["file.new"].trigger()
    made.canvas.view.look_at(QPointF(0, 0))
    QApplication.processEvents()
    return made


def drop_from_palette(window: MainWindow, type_name: str, at: QPoint) -> None:
    """Drag the palette's own entry onto the canvas, as Qt tells a widget of it."""
    tree, viewport = window.palette_panel.tree, window.canvas.viewport()
    found = tree.findItems(type_name, Qt.MatchFlag.MatchExactly | Qt.MatchFlag.MatchRecursive)
    assert len(found) == 1
    items: list[QTreeWidgetItem] = found
    data, left, none = tree.mimeData(items), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    copy = Qt.DropAction.CopyAction
    for event in (
        QDragEnterEvent(at, copy, data, left, none),
        QDragMoveEvent(at, copy, data, left, none),
        QDropEvent(QPointF(at), copy, data, left, none),
    ):
        QApplication.sendEvent(viewport, event)


def select(window: MainWindow, node: str) -> None:
    Hand(window.canvas).click(node)
    assert window.session.selection == (node,)


def typed(window: MainWindow, qtbot: QtBot, name: str, text: str) -> None:
    field = window.findChild(QAbstractSpinBox, name) or window.findChild(QLineEdit, name)
    assert field is not None, name
    window.inspector.ensureWidgetVisible(field)
    qtbot.mouseClick(field, Qt.MouseButton.LeftButton)
    qtbot.keyClick(field, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClicks(field, text)
    qtbot.keyClick(field, Qt.Key.Key_Return)


def chosen(window: MainWindow, qtbot: QtBot, name: str, text: str) -> None:
    """Choose from a list by typing how the entry begins."""
    box = window.findChild(QComboBox, name)
    assert box is not None, name
    window.inspector.ensureWidgetVisible(box)
    box.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.keyClicks(box, text)


def press(window: MainWindow, qtbot: QtBot, keys: str) -> None:
    """Press a shortcut where the canvas has the focus."""
    window.activateWindow()
    window.canvas.setFocus()
    combination = QKeySequence(keys)[0]
    qtbot.keyClick(window.canvas.view, combination.key(), combination.keyboardModifiers())


def test_from_an_empty_canvas_to_the_same_predictions_from_a_file(
    window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    session, hand = window.session, Hand(window.canvas)
    empty = dump_graph(session.graph)
    for type_name, place in PLACES.items():
        drop_from_palette(window, type_name, hand.at_scene(*place))
    for source, out, target, port in WIRES:
        hand.drag((source, out), (target, port))
    assert len(session.graph.wires) == len(WIRES)

    select(window, "input1")
    typed(window, qtbot, "param.shape", "8, 8, 1")
    select(window, "conv2d1")
    typed(window, qtbot, "param.filters", "8")
    select(window, "dense1")
    typed(window, qtbot, "param.units", "10")
    select(window, "target1")
    typed(window, qtbot, "param.shape", "")
    chosen(window, qtbot, "param.dtype", "int")
    select(window, "sparsecategoricalcrossentropy1")
    from_logits = window.findChild(QAbstractButton, "param.from_logits")
    qtbot.mouseClick(from_logits, Qt.MouseButton.LeftButton, pos=QPoint(8, from_logits.height() // 2))
    hand.click(hand.at_scene(0, -250))
    typed(window, qtbot, "param.source", "sklearn:digits")
    typed(window, qtbot, "param.validation_split", "0.2")
    typed(window, qtbot, "param.epochs", "6")
    chosen(window, qtbot, "param.metrics.add", "a")
    assert session.graph.data == {"source": "sklearn:digits", "validation_split": 0.2}
    assert session.graph.training == {"epochs": 6, "metrics": ["accuracy"]}
    assert not [p for p in session.problems if p.severity == "error"], session.problems
    built = dump_graph(session.graph)

    press(window, qtbot, "F5")
    qtbot.waitUntil(lambda: session.training_state == "idle" and bool(session.history.history), timeout=SLOW_MS)
    assert session.history.history["val_accuracy"][-1] > 0.7
    window.charts.redraw()
    assert window.charts.loss.points()["val_loss"] == 6
    data = prepare(session.graph)
    expected = session.model.predict(data.x_val)

    while session.undo_stack.canUndo():
        press(window, qtbot, "Ctrl+Z")
    assert dump_graph(session.graph) == empty
    while session.undo_stack.canRedo():
        press(window, qtbot, "Ctrl+Shift+Z")
    assert dump_graph(session.graph) == built

    window.documents.pick_save = lambda _start, _kinds: str(tmp_path / "cnn.npz")
    press(window, qtbot, "Ctrl+E")
    qtbot.waitUntil((tmp_path / "cnn.npz").exists)
    np.testing.assert_array_equal(ns.load_model(tmp_path / "cnn.npz").predict(data.x_val), expected)

    window.documents.pick_save = lambda _start, _kinds: str(tmp_path / "cnn.json")
    press(window, qtbot, "Ctrl+Shift+S")
    press(window, qtbot, "Ctrl+W")
    assert not session.is_open
    window.documents.pick_open = lambda: str(tmp_path / "cnn.json")
    qtbot.keyClick(window, Qt.Key.Key_O, Qt.KeyboardModifier.ControlModifier)
    assert dump_graph(session.graph) == built


def test_a_wrong_wire_is_refused_with_the_reason(window: MainWindow, qtbot: QtBot) -> None:
    hand = Hand(window.canvas)
    for type_name in ("Conv2D", "Flatten"):
        drop_from_palette(window, type_name, hand.at_scene(*PLACES[type_name]))
    hand.drag(("conv2d1", "out"), ("flatten1", "in"))
    with qtbot.waitSignal(window.session.message) as caught:
        hand.drag(("flatten1", "out"), ("conv2d1", "in"))
    assert caught.args is not None
    assert "would close a cycle" in caught.args[1]
    assert len(window.session.graph.wires) == 1
