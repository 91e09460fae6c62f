"""The palette: finding, adding, dragging."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMenu, QTreeWidgetItem
from pytestqt.qtbot import QtBot

from netstudio.catalogue import CATALOGUE as REAL
from netstudio.gui.canvas.search import everything
from netstudio.gui.panels.palette import MIME, PalettePanel
from netstudio.gui.panels.shelf import LATEST, Shelf
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


def group(palette: PalettePanel, title: str) -> QTreeWidgetItem:
    return next(g for g in palette._groups() if g.text(0) == title)


def names(group: QTreeWidgetItem) -> list[str]:
    return [] if group.isHidden() else [group.child(i).text(0) for i in range(group.childCount())]


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
    palette.search.setFocus()
    qtbot.keyClick(palette.search, Qt.Key.Key_Down)
    qtbot.keyClick(palette.search, Qt.Key.Key_Down)
    qtbot.keyClick(palette.search, Qt.Key.Key_Return)
    assert added == ["Target"]


def test_a_double_click_adds(palette: PalettePanel, added: list[str], qtbot: QtBot) -> None:
    item = group(palette, "Data").child(0)
    place = palette.tree.visualItemRect(item).center()
    qtbot.mouseClick(palette.tree.viewport(), Qt.MouseButton.LeftButton, pos=place)
    qtbot.mouseDClick(palette.tree.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert added == ["Input"]


def test_what_is_dragged_names_its_type(palette: PalettePanel) -> None:
    data = palette.tree.mimeData([group(palette, "Core").child(0)])
    assert bytes(data.data(MIME).data()) == b"Dense"


def test_the_documentation_is_a_tooltip(palette: PalettePanel) -> None:
    assert group(palette, "Core").child(0).toolTip(0) == "A fully connected layer."


@pytest.mark.qt_log_ignore("does not support (raise|grabbing)", extend=True)
def test_a_favourite_is_made_by_its_menu_and_stands_first(palette: PalettePanel, qtbot: QtBot) -> None:
    place = palette.tree.visualItemRect(group(palette, "Core").child(0)).center()
    palette.tree.customContextMenuRequested.emit(place)
    menu = palette.findChildren(QMenu)[-1]
    assert [a.text() for a in menu.actions()] == ["Add to the Canvas", "Add to Favourites"]
    menu.actions()[1].trigger()
    menu.close()
    assert names(group(palette, "Favourites")) == ["Dense"]
    assert palette.shown().count("Dense") == 1, "a category's entries are counted once"
    palette.shelf.set_favourite("Dense", False)
    assert names(group(palette, "Favourites")) == []


def test_what_was_added_last_stands_first_and_a_search_hides_the_shelf(palette: PalettePanel, qtbot: QtBot) -> None:
    palette.shelf.note_added(["Dense"])
    palette.shelf.note_added(["Flatten", "Mystery"])
    assert names(group(palette, "Recent")) == ["Flatten", "Dense"]
    qtbot.keyClicks(palette.search, "den")
    assert names(group(palette, "Recent")) == []


def test_the_shelf_is_short_and_holds_each_type_once() -> None:
    shelf = Shelf(added=["a", "b", "a"])
    assert shelf.added == ("a", "b")
    shelf.note_added([*"cdefghb"])
    assert shelf.added == ("b", "h", "g", "f", "e", "d")
    assert len(shelf.added) == LATEST


def test_what_is_folded_from_others_is_not_offered(qtbot: QtBot) -> None:
    real = PalettePanel(REAL, lambda name: None)
    qtbot.addWidget(real)
    names = {item.text(0) for title in ("Core", "Data") for item in _children(group(real, title))}
    assert {"Dense", "Output", "Shared"} <= names
    assert "Composite" not in names
    assert "Composite" not in [choice.type.name for choice in everything(REAL)]


def _children(item: QTreeWidgetItem) -> list[QTreeWidgetItem]:
    found = (item.child(i) for i in range(item.childCount()))
    return [child for child in found if child is not None]
