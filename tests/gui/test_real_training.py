"""The window with the real engine, on real data."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from netstudio.graph import edits
from netstudio.graph.edits import SetTraining
from netstudio.gui.app import create_window
from netstudio.gui.figures import number
from netstudio.gui.panels.node_page import NodePage
from netstudio.gui.window import MainWindow
from netstudio.resources import SAMPLES

SLOW_MS = 120_000  # where kernels are still to be compiled


@pytest.fixture
def digits(qtbot: QtBot) -> MainWindow:
    """The window with the digits sample."""
    window = create_window()
    assert isinstance(window, MainWindow)
    qtbot.addWidget(window)
    window.session.files.open(SAMPLES / "digits_mlp.json", as_copy=True)
    window.show()
    return window


def ended(window: MainWindow, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: window.session.training_state == "idle", timeout=SLOW_MS)


def test_the_digits_sample_is_learnt_by_one_press_of_run(digits: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    digits.actions_by_id["training.run"].trigger()
    ended(digits, qtbot)
    history = digits.session.history.history
    assert len(history["loss"]) == digits.session.graph.training["epochs"]
    assert history["val_accuracy"][-1] > 0.9
    digits.charts.redraw()
    assert digits.charts.loss.points()["val_loss"] == len(history["loss"])
    qtbot.waitUntil(lambda: not digits.evaluation.predictor.busy, timeout=SLOW_MS)
    assert not digits.evaluation.matrix.isHidden()
    digits.documents.pick_save = lambda _start, _kinds: str(tmp_path / "digits.npz")
    with qtbot.waitSignal(digits.documents.exporter.written):
        digits.actions_by_id["file.exportModel"].trigger()
    with np.load(tmp_path / "digits.npz", allow_pickle=False) as saved:
        assert any(name.endswith("/kernel") for name in saved)


def test_pause_holds_and_stop_keeps_the_model(digits: MainWindow, qtbot: QtBot) -> None:
    session = digits.session
    session.apply(edits.SetTraining({"epochs": 100_000}))
    session.run()
    qtbot.waitUntil(lambda: bool(session.runs) and len(session.runs[-1].step_losses) > 3, timeout=SLOW_MS)
    session.pause()
    qtbot.wait(150)
    at = len(session.runs[-1].step_losses)
    qtbot.wait(150)
    assert len(session.runs[-1].step_losses) == at
    session.step()
    qtbot.waitUntil(lambda: len(session.runs[-1].step_losses) == at + 1)
    session.apply(edits.SetLabel(next(iter(session.graph.nodes)), "edited meanwhile"))
    session.run()
    qtbot.waitUntil(lambda: len(session.runs[-1].step_losses) > at + 3)
    session.stop()
    ended(digits, qtbot)
    assert session.model is not None
    assert not session.runs[-1].failed
    session.undo_stack.setClean()


def test_a_learning_rate_that_explodes_is_told_at_its_node(digits: MainWindow, qtbot: QtBot) -> None:
    rate = {"optimizer": {"type": "SGD", "params": {"learning_rate": 1e30}}}
    digits.session.apply(edits.SetTraining(rate))
    digits.session.run()
    ended(digits, qtbot)
    assert digits.session.runs[-1].failed
    assert digits.session.problems[0].severity == "error"
    assert digits.session.selection == (digits.session.problems[0].node,)
    digits.session.undo_stack.setClean()


def test_data_that_do_not_fit_are_told(digits: MainWindow, qtbot: QtBot) -> None:
    digits.session.apply(edits.SetData({"source": "sklearn:iris"}))
    with qtbot.waitSignal(digits.session.message, timeout=SLOW_MS) as caught:
        digits.session.run()
    ended(digits, qtbot)
    assert caught.args[0] == "error"
    assert digits.session.problems[0].severity == "error"
    digits.session.undo_stack.setClean()


def test_a_card_tells_what_a_sample_learns_and_how_long_it_takes(digits: MainWindow, qtbot: QtBot) -> None:
    digits.session.close()
    qtbot.waitUntil(lambda: bool(digits.start_page.cards))
    card = next(c for c in digits.start_page.cards if c.path.stem == "iris")
    text = " ".join(label.text() for label in card.findChildren(QLabel))
    assert "Learns classes · sklearn:iris" in text
    assert "about 1 s" in text


def test_the_inspector_counts_multiply_adds_once_the_engine_is_there(digits: MainWindow, qtbot: QtBot) -> None:
    hidden = next(n.id for n in digits.session.graph.nodes.values() if n.type == "Dense")
    digits.session.select((hidden,))
    kernel = digits.session.analysis.nodes[hidden].weights["kernel"]
    qtbot.waitUntil(lambda: f"{number(kernel.size)} a sample" in shown_facts(digits), timeout=SLOW_MS)


def shown_facts(window: MainWindow) -> str:
    page = window.inspector.page
    assert isinstance(page, NodePage)
    return page.facts.text()


def test_nodes_are_grouped_and_ungrouped_by_keyboard_and_the_block_trains(digits: MainWindow, qtbot: QtBot) -> None:
    session, canvas = digits.session, digits.canvas.view
    before = session.graph
    hidden = [n.id for n in before.nodes.values() if n.type == "Dense"]
    session.select(hidden[:2])
    canvas.setFocus()
    qtbot.keyClick(canvas, Qt.Key.Key_G, Qt.KeyboardModifier.ControlModifier)
    (block,) = session.selection
    assert session.graph.nodes[block].type == "Composite"
    assert set(digits.canvas.view.graph_scene.nodes) == set(session.graph.nodes)
    assert session.analysis.problems == ()
    assert session.undo_stack.undoText() == "group 2 nodes"
    assert digits.inspector.page.findChild(QLabel) is not None
    session.apply(edits.SetTraining({"epochs": 2}))
    digits.actions_by_id["training.run"].trigger()
    ended(digits, qtbot)
    assert f"{block}/{hidden[0]}/kernel" in session.model.weights
    session.undo()
    canvas.setFocus()
    qtbot.keyClick(canvas, Qt.Key.Key_G, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    assert set(session.graph.nodes) == set(before.nodes)
    assert set(session.selection) == set(hidden[:2])
    session.undo()
    session.undo()
    assert session.graph == before


def test_a_sample_saved_elsewhere_still_finds_its_data(digits: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    digits.session.files.open(SAMPLES / "digits_siamese.json", as_copy=True)
    assert digits.session.files.save(tmp_path / "mine.json")
    digits.session.files.open(tmp_path / "mine.json")
    digits.session.apply(SetTraining({"epochs": 1}))
    digits.actions_by_id["training.run"].trigger()
    ended(digits, qtbot)
    assert len(digits.session.history.history["loss"]) == 1
