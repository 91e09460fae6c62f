"""The list of problems, with the real catalogue: what its buttons mend, by a press, in one step."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from netstudio.graph import Graph, Node, Wire
from netstudio.gui.session import Session
from netstudio.gui.settings import Settings
from netstudio.gui.window import MainWindow
from tests.gui.toys import FakeTrainer


@pytest.fixture
def window(qtbot: QtBot, tmp_path: Path) -> MainWindow:
    made = MainWindow(Session(make_trainer=FakeTrainer()), Settings(tmp_path / "window.ini"))
    qtbot.addWidget(made)
    made.resize(1100, 700)
    made.show()
    return made


def press(window: MainWindow, qtbot: QtBot, text: str) -> None:
    (button,) = [b for row in window.problems.rows() for b in row.buttons if b.text() == text]
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def test_a_graph_with_several_problems_is_mended_by_presses_alone(window: MainWindow, qtbot: QtBot) -> None:
    nodes = (
        Node("x", "Input", {"shape": [8, 8, 1]}, (0, 0)),
        Node("conv", "Conv2D", {"filters": 4, "kernel_size": [9, 9]}, (200, 0)),
        Node("flat", "Flatten", {}, (400, 0)),
        Node("dense", "Dense", {"units": 10}, (600, 0)),
        Node("loss", "SparseCategoricalCrossentropy", {"from_logits": True}, (800, 0)),
    )
    names = [n.id for n in nodes[:4]]
    wires = [Wire.parse(f"{a}.out", f"{b}.in") for a, b in pairwise(names)]
    graph = Graph("trouble", {n.id: n for n in nodes}, (*wires, Wire.parse("dense.out", "loss.pred")))
    session = window.session
    session.open_graph(graph)
    window.show_panel("problems")
    press(window, qtbot, "Set padding of conv to same")
    press(window, qtbot, "Add a Target for loss")
    assert not session.problems
    assert session.graph.nodes["target1"].params["dtype"] == "int"
    for _ in range(2):
        session.undo()
    assert session.graph == graph
    for _ in range(2):
        session.redo()
    assert not session.problems
