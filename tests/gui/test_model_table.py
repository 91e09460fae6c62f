"""The table of the model: what it says, and the nodes its rows select."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from netstudio.files.documents import load_graph
from netstudio.graph import edits
from netstudio.gui.panels.model import ModelPanel, engine_costs
from netstudio.gui.session import Session
from netstudio.resources import SAMPLES
from netstudio.training.model import estimate_graph
from tests.gui.test_window import act
from tests.gui.toys import FakeTrainer, MakeWindow

SHIFT = Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def panel(qtbot: QtBot) -> ModelPanel:
    session = Session(make_trainer=FakeTrainer())
    session.open_graph(load_graph(SAMPLES / "digits_cnn.json"))
    made = ModelPanel(session)
    qtbot.addWidget(made)
    made.resize(700, 300)
    made.show()
    made.set_seen(True)
    qtbot.waitUntil(lambda: not made.counter.busy and made._costs is not None, timeout=30_000)
    return made


def row(panel: ModelPanel, id: str) -> list[str]:
    y = panel._rows.index(id)
    return [panel.table.item(y, x).text() for x in range(panel.table.columnCount())]


def test_it_says_what_the_engine_says(panel: ModelPanel) -> None:
    graph, analysis = panel.session.graph, panel.session.analysis
    assert panel._rows == [id for id in analysis.order if not analysis.nodes[id].is_annotation]
    costs = estimate_graph(graph)
    shown = {id: row(panel, id)[5].replace("\u202f", "") for id in panel._rows}
    assert {id: int(n) for id, n in shown.items() if n != "–"} == {k: v for k, v in costs.multiply_adds.items() if v}
    conv = next(id for id, node in graph.nodes.items() if node.type == "Conv2D")
    facts = analysis.nodes[conv]
    assert row(panel, conv)[1:4] == ["Conv2D", facts.outputs[0].label, f"{facts.parameters:,}".replace(",", "\u202f")]
    assert f"{analysis.parameters:,}".replace(",", "\u202f") in panel.totals.text()
    assert "of memory to train" in panel.totals.text()
    assert engine_costs(analysis).training == costs.memory_bytes


def test_rows_select_nodes_and_nodes_mark_rows(panel: ModelPanel, qtbot: QtBot) -> None:
    first, third = panel._rows[0], panel._rows[2]
    place = panel.table.visualItemRect(panel.table.item(2, 0)).center()
    qtbot.mouseClick(panel.table.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert panel.session.selection == (third,)
    place = panel.table.visualItemRect(panel.table.item(0, 1)).center()
    qtbot.mouseClick(panel.table.viewport(), Qt.MouseButton.LeftButton, SHIFT, place)
    assert set(panel.session.selection) == set(panel._rows[:3])
    panel.session.select((first,))
    assert [i.row() for i in panel.table.selectionModel().selectedRows()] == [0]
    panel.session.select(())
    assert not panel.table.selectedItems()


def test_an_edit_changes_its_row_and_the_sum(panel: ModelPanel, qtbot: QtBot) -> None:
    before = panel.totals.text()
    dense = next(id for id, node in panel.session.graph.nodes.items() if node.type == "Dense")
    panel.session.apply(edits.SetLabel(dense, "Head"))
    assert row(panel, dense)[0] == "Head"
    panel.session.apply(edits.RemoveNodes((dense,)))
    assert dense not in panel._rows
    qtbot.waitUntil(lambda: not panel.counter.busy)
    assert panel.totals.text() != before
    assert "to train" not in panel.totals.text(), "it can't be trained"


def test_a_double_click_goes_to_the_node(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window()
    window.session.apply(edits.MoveNodes({"loss": (9000.0, 9000.0)}))
    window.show_panel("model")
    y = window.model_table._rows.index("loss")
    place = window.model_table.table.visualItemRect(window.model_table.table.item(y, 0)).center()
    viewport = window.model_table.table.viewport()
    qtbot.mouseClick(viewport, Qt.MouseButton.LeftButton, pos=place)
    qtbot.mouseDClick(viewport, Qt.MouseButton.LeftButton, pos=place)
    middle = window.canvas.viewport().rect().center()
    assert (window.canvas.node_rect("loss").center().toPoint() - middle).manhattanLength() < 4
    assert act(window, "edit.delete").isEnabled()
    qtbot.waitUntil(lambda: not window.model_table.counter.busy)


def test_a_step_is_measured_by_a_press(panel: ModelPanel, qtbot: QtBot) -> None:
    qtbot.mouseClick(panel.measure_button, Qt.MouseButton.LeftButton)
    assert not panel.measure_button.isEnabled()
    qtbot.waitUntil(lambda: panel._times is not None and not panel.timer.busy, timeout=120_000)
    shares = {id: row(panel, id)[6] for id in panel._rows}
    assert "µs" in shares["conv2"]
    heaviest = max(panel._times.nodes, key=panel._times.nodes.get)
    assert heaviest == "conv2"  # three quarters of the multiply-adds
    assert "a step of 32 samples takes" in panel.totals.text()
    panel.session.apply(edits.SetParams("conv2", {"filters": 8}))
    assert row(panel, "conv2")[6] == ""
    panel.wait(30)
