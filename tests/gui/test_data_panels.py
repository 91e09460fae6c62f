"""The panels that read data: Data, Evaluation, and the choice of the source."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from netstudio.catalogue import CATALOGUE
from netstudio.files.documents import load_graph
from netstudio.graph import Graph, edits
from netstudio.gui.forms.source import SourceEditor
from netstudio.gui.panels.data import DataPanel
from netstudio.gui.panels.inspector import InspectorPanel
from netstudio.gui.session import Session
from netstudio.gui.start_page import StartPage
from netstudio.resources import SAMPLES


@pytest.fixture
def iris() -> Graph:
    return load_graph(SAMPLES / "iris.json")


def shown_data(session: Session, qtbot: QtBot) -> DataPanel:
    panel = DataPanel(session)
    qtbot.addWidget(panel)
    panel.set_seen(True)
    qtbot.waitUntil(lambda: bool(panel.summary.text()) and not panel.reader.busy)
    return panel


def test_the_source_is_summed_up_above_its_rows(session: Session, qtbot: QtBot, iris: Graph) -> None:
    session.open_graph(iris)
    panel = shown_data(session, qtbot)
    assert "150 rows" in panel.summary.text()
    assert "3 classes (setosa, versicolor, virginica)" in panel.summary.text()
    model = panel.table.model
    assert [model.index(0, x).data() for x in range(5)] == ["5.1", "3.5", "1.4", "0.2", "setosa"]


def test_a_source_that_is_not_there_is_told(session: Session, qtbot: QtBot) -> None:
    session.apply(edits.SetData({"source": "nowhere.csv"}))
    assert "nowhere.csv" in shown_data(session, qtbot).summary.text()


def test_a_graph_without_a_source_says_what_to_do(session: Session, qtbot: QtBot) -> None:
    assert "choose a source" in shown_data(session, qtbot).summary.text()


def test_a_source_is_chosen_from_the_menu_in_one_step(session: Session, qtbot: QtBot) -> None:
    session.new()
    inspector = InspectorPanel(session)
    qtbot.addWidget(inspector)
    source = inspector.findChild(SourceEditor, "param.source")
    assert source is not None
    menu = source.menu()
    next(a for a in menu.actions() if a.text() == "sklearn:wine").trigger()
    assert session.graph.data == {"source": "sklearn:wine"}
    session.undo()
    assert session.graph.data == {}
    assert source.text() == ""


def test_the_start_page_shows_every_sample_and_opens_one(qtbot: QtBot) -> None:
    page = StartPage(CATALOGUE, list)
    qtbot.addWidget(page)
    page.resize(700, 600)
    page.show()
    qtbot.waitUntil(lambda: bool(page.cards))
    assert len(page.cards) == len(list(SAMPLES.glob("*.json")))
    card = next(c for c in page.cards if c.path.stem == "iris")
    with qtbot.waitSignal(page.sample_chosen) as caught:
        qtbot.mouseClick(card, Qt.MouseButton.LeftButton)
    assert caught.args == [SAMPLES / "iris.json"]
