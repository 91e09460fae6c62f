"""The palette: finding, adding, dragging."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from netstudio.gui.panels.palette import MIME, PalettePanel
from tests.gui.toys import CATALOGUE


@pytest.fixture
def added() -> list[str]:
    return []


@pytest.fixture
def palette(added: list[str], qtbot: QtBot) -> PalettePanel:
    panel = PalettePanel(CATALOGUE, added.append)
    qtbot.addWidget(panel)
    panel.resize(220, 400)
    panel.show()
    return panel


def test_every_type_stands_under_its_category(palette: PalettePanel) -> None:
    assert palette.shown() == ["Input", "Target", "Dense", "Flatten", "MeanSquaredError"]


def test_a_keyword_finds_and_enter_adds(palette: PalettePanel, added: list[str], qtbot: QtBot) -> None:
    qtbot.keyClicks(palette.search, "perceptron")
    assert palette.shown() == ["Dense"]
    qtbot.keyClick(palette.search, Qt.Key.Key_Return)
    assert added == ["Dense"]


def test_what_is_found_nowhere_leaves_nothing_and_enter_adds_nothing(
    palette: PalettePanel, added: list[str], qtbot: QtBot
) -> None:
    qtbot.keyClicks(palette.search, "zzzz")
    assert palette.shown() == []
    qtbot.keyClick(palette.search, Qt.Key.Key_Return)
    assert added == []


def test_the_arrows_walk_the_list(palette: PalettePanel, added: list[str], qtbot: QtBot) -> None:
    palette.focus_search()
    qtbot.keyClick(palette.search, Qt.Key.Key_Down)
    qtbot.keyClick(palette.search, Qt.Key.Key_Down)
    qtbot.keyClick(palette.search, Qt.Key.Key_Return)
    assert added == ["Target"]


def test_a_double_click_adds(palette: PalettePanel, added: list[str], qtbot: QtBot) -> None:
    item = palette.tree.topLevelItem(0).child(0)
    place = palette.tree.visualItemRect(item).center()
    qtbot.mouseClick(palette.tree.viewport(), Qt.MouseButton.LeftButton, pos=place)
    qtbot.mouseDClick(palette.tree.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert added == ["Input"]


def test_what_is_dragged_names_its_type(palette: PalettePanel) -> None:
    data = palette.tree.mimeData([palette.tree.topLevelItem(1).child(0)])
    assert bytes(data.data(MIME).data()) == b"Dense"


def test_the_documentation_is_a_tooltip(palette: PalettePanel) -> None:
    assert palette.tree.topLevelItem(1).child(0).toolTip(0) == "A fully connected layer."
