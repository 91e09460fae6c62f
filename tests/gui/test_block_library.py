"""My blocks: kept from the canvas, listed in the palette, dragged from there, renamed and removed."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialogButtonBox, QInputDialog, QLineEdit, QMessageBox, QTreeWidgetItem
from pytestqt.qtbot import QtBot

from netstudio import blocks
from netstudio.catalogue import CATALOGUE
from netstudio.graph.edits import Group
from netstudio.gui.window import MainWindow
from tests.gui.canvas.hand import small_graph, wire
from tests.gui.toys import real_window

LEFT, NO_KEY, COPY = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, Qt.DropAction.CopyAction


@pytest.fixture
def window(qtbot: QtBot) -> MainWindow:
    """A window that shows the small graph, flat and dense in a block that is selected."""
    made = real_window(qtbot, 1200, 800)
    graph, block = Group(("flat", "dense"), "encoder").place(small_graph(), CATALOGUE)
    made.session.open_graph(graph)
    made.session.select((block,))
    made.canvas.fit_all()
    QApplication.processEvents()
    yield made
    made.close_now()


def entries(window: MainWindow) -> list[QTreeWidgetItem]:
    group = window.palette_panel.blocks.item
    return [group.child(i) for i in range(group.childCount())]


def kept(window: MainWindow, name: str = "Encoder") -> QTreeWidgetItem:
    node = next(n for n in window.session.graph.nodes.values() if n.type == "Composite")
    assert window.library.keep(name, node)
    (entry,) = entries(window)
    return entry


def answer(window: MainWindow, text: str) -> str:
    """Type into the question for a name, and say OK; gives what stood there before."""
    (box,) = (b for b in window.findChildren(QInputDialog) if b.isVisible())
    (field,) = box.findChildren(QLineEdit)
    before = field.text()
    field.selectAll()
    QTest.keyClicks(field, text)
    QApplication.processEvents()
    (buttons,) = box.findChildren(QDialogButtonBox)
    QTest.mouseClick(buttons.button(QDialogButtonBox.StandardButton.Ok), LEFT)
    QApplication.processEvents()
    return before


def drop(window: MainWindow, data: QMimeData, at: QPoint) -> None:
    for event in (
        QDragEnterEvent(at, COPY, data, LEFT, NO_KEY),
        QDragMoveEvent(at, COPY, data, LEFT, NO_KEY),
        QDropEvent(QPointF(at), COPY, data, LEFT, NO_KEY),
    ):
        QApplication.sendEvent(window.canvas.viewport(), event)


def test_a_block_is_kept_under_a_name(window: MainWindow, qtbot: QtBot) -> None:
    assert window.palette_panel.blocks.item.isHidden()
    window.actions_by_id["node.keep"].trigger()
    assert answer(window, "My encoder") == "encoder", "its title is the first guess"
    assert [e.text(0) for e in entries(window)] == ["My encoder"]
    assert not window.palette_panel.blocks.item.isHidden()
    assert entries(window)[0].toolTip(0) == "A block of Flatten, Dense"
    assert [b.name for b in blocks.all().blocks] == ["My encoder"]


def test_a_block_of_that_name_is_replaced_only_when_asked(window: MainWindow, qtbot: QtBot) -> None:
    kept(window)
    node = Group(("relu",), "other").apply(small_graph(), CATALOGUE).nodes["other1"]
    for answer, types in ((QMessageBox.StandardButton.No, ["Dense"]), (QMessageBox.StandardButton.Yes, ["ReLU"])):
        window.library._keeper(node)("Encoder")
        (box,) = (b for b in window.findChildren(QMessageBox, "question.replaceBlock") if b.isVisible())
        box.button(answer).click()
        QApplication.processEvents()
        inside = blocks.load("Encoder").params["graph"]["nodes"]
        assert [n["type"] for n in inside if n["type"] in ("Dense", "ReLU")] == types


def test_a_kept_block_is_dragged_to_the_canvas_and_onto_a_wire(window: MainWindow) -> None:
    entry, session = kept(window), window.session
    data = window.palette_panel.tree.mimeData([entry])
    before = set(session.graph.nodes)
    drop(window, data, window.canvas.viewport().rect().bottomLeft() + QPoint(100, -40))
    (new,) = set(session.graph.nodes) - before
    assert session.selection == (new,)
    assert session.graph.nodes[new].title == "Encoder"
    assert session.undo_stack.undoText() == "add Encoder"
    session.undo()
    scene = window.canvas.view.graph_scene
    item = scene.wires[wire("encoder1.out", "loss.pred"), 0]
    drop(window, data, window.canvas.view.viewportTransform().map((item.start + item.end) / 2).toPoint())
    assert session.undo_stack.undoText() == "insert Encoder between encoder1 and loss"
    (new,) = session.selection
    assert wire("encoder1.out", f"{new}.in") in session.graph.wires
    assert wire(f"{new}.out", "loss.pred") in session.graph.wires


def test_a_double_click_adds_one_and_the_search_finds_it(window: MainWindow) -> None:
    entry = kept(window)
    count = len(window.session.graph.nodes)
    window.palette_panel.tree.itemActivated.emit(entry, 0)
    assert len(window.session.graph.nodes) == count + 1
    window.palette_panel.search.setText("enc")
    assert not entry.isHidden()
    window.palette_panel.search.setText("conv2d")
    assert entry.isHidden()
    assert window.palette_panel.blocks.item.isHidden()


@pytest.mark.qt_log_ignore("does not support (raise|grabbing)", extend=True)
def test_it_is_renamed_and_removed_by_its_menu(window: MainWindow) -> None:
    entry = kept(window)
    panel = window.palette_panel
    panel.tree.scrollToItem(entry)
    menu = panel._show_menu(panel.tree.visualItemRect(entry).center())
    assert menu is not None
    _add, rename, _remove = menu.actions()
    menu.close()
    rename.trigger()
    assert answer(window, "Front end") == "Encoder"
    assert [e.text(0) for e in entries(window)] == ["Front end"]
    question = window.library.ask_to_remove("Front end")
    question.button(QMessageBox.StandardButton.Yes).click()
    assert entries(window) == []
    assert blocks.all().blocks == ()


def test_a_damaged_file_is_told_and_the_others_are_there(window: MainWindow, qtbot: QtBot) -> None:
    kept(window)
    (blocks.folder() / "bad.json").write_text("{", encoding="utf-8")
    with qtbot.waitSignal(window.session.message) as caught:
        window.library.load()
    assert caught.args is not None
    assert "bad.json" in caught.args[1]
    assert [e.text(0) for e in entries(window)] == ["Encoder"]


def test_what_can_not_be_kept_is_told(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    node = window.session.graph.nodes["encoder1"]
    with qtbot.waitSignal(window.session.message) as caught:
        assert not window.library.keep("", node)
    assert caught.args is not None
    assert caught.args[0] == "error"
    with qtbot.waitSignal(window.session.message):
        assert not window.library.rename("nobody", "x")


def test_a_drag_of_something_else_is_left_alone(window: MainWindow) -> None:
    data = QMimeData()
    data.setData("application/x-netstudio-block", b"{}")
    before = window.session.graph
    drop(window, data, QPoint(200, 200))
    assert window.session.graph is before
