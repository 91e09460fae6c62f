"""The inspector of a block: choosing what it exposes of the nodes inside, and setting that."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QDoubleSpinBox, QMenu, QSpinBox, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from netstudio.catalogue import CATALOGUE
from netstudio.graph.edits import Group, RemoveNodes, SetParams, SetRateFactor
from netstudio.graph.nested import SubGraph, form_of
from netstudio.gui.canvas.face import face_of
from netstudio.gui.panels.block_form import BlockForm
from netstudio.gui.panels.inspector import InspectorPanel
from netstudio.gui.session import Session
from tests.graphs import cnn


@pytest.fixture(name="session")
def with_the_catalogue() -> Session:
    return Session(CATALOGUE)


@pytest.fixture(name="panel")
def inspector(session: Session, qtbot: QtBot) -> InspectorPanel:
    graph, id = Group(("conv1", "bn", "relu", "pool", "conv2"), "body").place(cnn(), CATALOGUE)
    session.open_graph(graph)
    session.select((id,))
    panel = InspectorPanel(session)
    qtbot.addWidget(panel)
    panel.resize(320, 900)
    panel.show()
    qtbot.waitExposed(panel)
    return panel


def block(panel: InspectorPanel) -> Any:
    return panel.session.graph.nodes["body1"]


def offered(panel: InspectorPanel) -> dict[str, QAction]:
    """What the menu offers: "conv1.filters", "conv1.filters.by itself" and so on."""
    form = panel.findChild(BlockForm)
    assert form is not None
    form.menu.aboutToShow.emit()
    below = {menu.menuAction(): menu for menu in form.menu.findChildren(QMenu)}
    return dict(actions(form.menu, below, ""))


def actions(menu: QMenu, below: Mapping[QAction, QMenu], path: str) -> Iterator[tuple[str, QAction]]:
    """Not by QAction.menu(): what PySide 6.10 gives there takes the menu along when it goes."""
    for action in menu.actions():
        if action in below:
            yield from actions(below[action], below, f"{path}{action.text()}.")
        else:
            yield f"{path}{action.text()}", action


def field(panel: QWidget, name: str) -> QSpinBox:
    (found,) = panel.findChildren(QSpinBox, name)
    return found


def test_a_parameter_is_exposed_set_and_taken_back(panel: InspectorPanel) -> None:
    offered(panel)["conv1.filters"].trigger()
    offered(panel)["conv2.filters.by itself"].trigger()
    assert block(panel).params["exposed"] == {"filters": "conv1.filters", "conv2_filters": "conv2.filters"}
    spin = field(panel, "param.conv2_filters")
    spin.setValue(9)
    assert SubGraph(doc="").check(block(panel).params["graph"]).nodes["conv2"].params["filters"] == 9
    panel.session.undo()
    assert spin.value() == 5
    assert offered(panel)["conv1.filters"].isChecked()
    offered(panel)["conv1.filters"].trigger()
    offered(panel)["conv2.filters"].trigger()
    assert "exposed" not in block(panel).params
    assert not offered(panel)["conv1.filters"].isChecked()


def test_parameters_that_are_set_together(panel: InspectorPanel) -> None:
    offered(panel)["conv1.filters"].trigger()
    offered(panel)["conv2.filters.together with filters"].trigger()
    assert block(panel).params["exposed"] == {"filters": ["conv1.filters", "conv2.filters"]}

    def filters() -> list[int]:
        inside = SubGraph(doc="").check(block(panel).params["graph"]).nodes
        return [inside[i].params["filters"] for i in ("conv1", "conv2")]

    assert filters() == [6, 6], "both have what is shown"
    field(panel, "param.filters").setValue(9)
    assert filters() == [9, 9]
    offered(panel)["conv1.filters"].trigger()
    assert block(panel).params["exposed"] == {"filters": "conv2.filters"}
    assert "bn.momentum" in offered(panel), "another kind of number can't be set together with it"


def test_what_is_not_there_any_more_can_be_taken_away(panel: InspectorPanel) -> None:
    offered(panel)["bn.momentum"].trigger()
    inside = RemoveNodes(("bn",), heal=True).apply(SubGraph(doc="").check(block(panel).params["graph"]), CATALOGUE)
    panel.session.apply(SetParams("body1", {"graph": form_of(inside)}))
    (problem,) = panel.session.analysis.problems_at("body1")
    assert "momentum is bn.momentum, and there is no node 'bn' inside" in problem.message
    offered(panel)["bn.momentum (not there any more)"].trigger()
    assert not panel.session.analysis.problems_at("body1")


def test_the_learning_rate_factor_of_what_learns(panel: InspectorPanel, qtbot: QtBot) -> None:
    (factor,) = panel.findChildren(QDoubleSpinBox, "node.learning_rate_factor")
    assert factor.isVisible()
    factor.setValue(0.25)
    assert block(panel).learning_rate_factor == 0.25
    (reset,) = panel.findChildren(QToolButton, "reset.learning_rate_factor")
    qtbot.mouseClick(reset, Qt.MouseButton.LeftButton)
    assert block(panel).learning_rate_factor == 1.0
    panel.session.select(("flat",))
    (factor,) = panel.findChildren(QDoubleSpinBox, "node.learning_rate_factor")
    assert not factor.isVisible()


def test_the_card_tells_of_the_learning_rate_factor(panel: InspectorPanel) -> None:
    session = panel.session
    session.apply(SetRateFactor("out", 0.1))
    node, facts = session.graph.nodes["out"], session.analysis.nodes["out"]
    assert face_of(node, facts, (), CATALOGUE, session.graph).caption == "4 · rate × 0.1"


def test_several_blocks_share_no_field_for_what_is_inside(panel: InspectorPanel) -> None:
    graph, id = Group(("drop",), "other").place(panel.session.graph, CATALOGUE)
    panel.session.open_graph(graph)
    panel.session.select(("body1", id))
    assert not panel.findChildren(QWidget, "param.graph")
    assert not panel.findChildren(QWidget, "param.exposed")
