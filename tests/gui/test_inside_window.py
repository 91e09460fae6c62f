"""The window around a block's inside: keys, find, problems, the model's table, the inspector and a run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QSpinBox
from pytestqt.qtbot import QtBot

from netstudio.catalogue import CATALOGUE
from netstudio.graph import edits
from netstudio.graph.edits import Group
from netstudio.graph.inside import Inside, inside
from netstudio.gui.finder import Finder
from netstudio.gui.session import Session
from netstudio.gui.settings import Settings
from netstudio.gui.window import MainWindow
from tests.gui.canvas.hand import small_graph
from tests.gui.toys import FakeTrainer


@pytest.fixture
def window(qtbot: QtBot, tmp_path: Path) -> Iterator[MainWindow]:
    """A window that shows the small graph, flat and dense in the block encoder1 in the block body1."""
    made = MainWindow(Session(CATALOGUE, FakeTrainer()), Settings(tmp_path / "window.ini"))
    whole = edits.RemoveNodes(("relu",)).apply(small_graph(), CATALOGUE)
    graph = Group(("flat", "dense"), "encoder").apply(whole, CATALOGUE)
    made.session.open_graph(Group(("encoder1",), "body").apply(graph, CATALOGUE))
    made.resize(1100, 700)
    made.show()
    qtbot.waitExposed(made)
    made.activateWindow()
    made.canvas.setFocus()
    yield made
    made.close_now()
    made.deleteLater()


def key(window: MainWindow, key: Qt.Key, keys: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    QTest.keyClick(window.canvas.view, key, keys)


def test_enter_goes_in_and_alt_up_comes_out(window: MainWindow) -> None:
    enter, leave = window.actions_by_id["node.enter"], window.actions_by_id["node.leave"]
    assert not enter.isEnabled()
    assert not leave.isEnabled()
    window.session.select(("body1",))
    key(window, Qt.Key.Key_Return)
    assert window.session.here.path == ("body1",)
    window.session.select(("encoder1",))
    enter.trigger()
    assert window.session.here.path == ("body1", "encoder1")
    assert leave.isEnabled()
    key(window, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    assert window.session.here.path == ("body1",)
    assert window.session.selection == ("encoder1",)


def test_find_goes_to_a_node_inside(window: MainWindow) -> None:
    window.actions_by_id["edit.find"].trigger()
    (finder,) = window.findChildren(Finder)
    QTest.keyClicks(finder.search, "dense")
    assert finder.found()[0] == "body ▸ encoder ▸ dense"
    QTest.keyClick(finder.search, Qt.Key.Key_Return)
    assert window.session.here.path == ("body1", "encoder1")
    assert window.session.selection == ("dense",)


def test_a_problem_inside_is_gone_to_and_mended_from_outside(window: MainWindow) -> None:
    session = window.session
    unwired = edits.Disconnect(inside(inside(session.graph, "body1"), "encoder1").wires[0])
    session.apply(Inside(("body1", "encoder1"), unwired))
    row = next(r for r in window.problems.rows() if r.problem.inside)
    assert row.problem.message.startswith("body: inside it, encoder: inside it, ")
    QTest.mouseClick(row, Qt.MouseButton.LeftButton)
    assert session.here.path == ("body1", "encoder1")
    assert session.selection == row.problem.inside[-1:]


def test_a_way_that_leads_to_no_block_ends_at_what_is_there(window: MainWindow) -> None:
    window.session.go_to(("body1", "nobody", "deep"), ("dense",))
    assert window.session.here.path == ("body1",)
    window.session.go_to(("x",), ("dense",))
    assert window.session.here.path == ()
    assert window.session.selection == ("x",)


def test_the_inspector_edits_what_is_inside(window: MainWindow, qtbot: QtBot) -> None:
    session = window.session
    session.go_to(("body1", "encoder1"), ("dense",))
    field = window.inspector.findChild(QSpinBox, "param.units")
    assert field is not None
    assert field.value() == 2
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, "7")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert inside(inside(session.graph, "body1"), "encoder1").nodes["dense"].params["units"] == 7
    assert session.undo_stack.undoText() == "set units of dense"
    outputs = session.analysis.nodes["body1"].outputs
    assert outputs is not None
    assert outputs[0].shape == (7,)


def test_a_run_and_the_model_table_are_of_the_whole(window: MainWindow, qtbot: QtBot) -> None:
    session = window.session
    session.enter("body1")
    window.show_panel("model")
    QApplication.processEvents()
    qtbot.waitUntil(lambda: window.model_table.table.rowCount() == len(session.graph.nodes))
    window.actions_by_id["training.run"].trigger()
    qtbot.waitUntil(lambda: session.training_state == "idle" and bool(session.history.history), timeout=20_000)
    assert session.runs[-1].graph is session.graph
    assert session.here.path == ("body1",), "a run leaves one where one is"
    window.model_table.table.selectRow(0)
    assert session.here.path == ()
    assert len(session.selection) == 1
