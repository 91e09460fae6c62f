"""Several open documents: tabs, what each keeps, and files that are dropped."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QMessageBox
from pytestqt.qtbot import QtBot

from netstudio.files.documents import save_graph
from netstudio.graph import Graph, Node, edits
from netstudio.gui.window import MainWindow
from tests.gui.canvas.hand import seen
from tests.gui.test_window import Button, act, answer, box
from tests.gui.toys import FakeTrainer, MakeWindow, regression

CTRL = Qt.KeyboardModifier.ControlModifier


def other(name: str = "other") -> Graph:
    return Graph(name, {"f": Node("f", "Flatten", {}, (900.0, 700.0))})


def add(window: MainWindow, graph: Graph) -> None:
    window.session.apply(edits.SetName(window.session.graph.name))
    window.session.new()
    window.session.open_graph(graph)


def titles(window: MainWindow) -> list[str]:
    return [window.tabs.tabText(i) for i in range(window.tabs.count())]


def test_one_document_needs_no_tabs_and_two_do(window: MainWindow) -> None:
    assert not window.tabs.isVisible()
    add(window, other())
    assert window.tabs.isVisible()
    assert titles(window) == ["toy", "other"]
    assert window.session.graph.name == "other"
    window.session.apply(edits.SetName("renamed"))
    assert titles(window) == ["toy", "renamed •"]


def test_a_click_on_a_tab_shows_its_document(window: MainWindow, qtbot: QtBot) -> None:
    add(window, other())
    qtbot.mouseClick(window.tabs, Qt.MouseButton.LeftButton, pos=window.tabs.tabRect(0).center())
    assert window.session.graph.name == "toy"
    assert set(window.canvas.view.graph_scene.nodes) == set(regression().nodes)
    qtbot.keyClick(window, Qt.Key.Key_PageDown, CTRL)
    assert list(window.canvas.view.graph_scene.nodes) == ["f"]
    qtbot.keyClick(window, Qt.Key.Key_PageDown, CTRL)
    assert window.session.graph.name == "toy", "after the last comes the first"


def test_each_document_has_its_own_undo_selection_and_view(window: MainWindow) -> None:
    session, canvas = window.session, window.canvas
    add(window, other("first"))  # the tabs are there from now on
    window.tabs.step(-1)
    session.select(("dense",))
    session.apply(edits.SetParams("dense", {"units": 3}))
    canvas.zoom_in()
    place = canvas.view.place
    add(window, other())
    assert session.selection == ()
    assert not act(window, "edit.undo").isEnabled()
    assert seen(canvas, canvas.node_rect("f"))
    session.apply(edits.AddNode("Flatten", id="g"))
    window.tabs.step(-1)
    assert session.selection == ("dense",)
    assert (canvas.view.place.middle - place.middle).manhattanLength() < 2
    assert canvas.view.place.zoom == place.zoom
    act(window, "edit.undo").trigger()
    assert session.graph.nodes["dense"].params == {"units": 1}
    window.tabs.step(1)
    assert "g" in session.graph.nodes


def test_a_tab_is_dragged_to_another_place(window: MainWindow, qtbot: QtBot) -> None:
    add(window, other())
    start, end = window.tabs.tabRect(0).center(), window.tabs.tabRect(1).center() + QPoint(30, 0)
    QTest.mousePress(window.tabs, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, start)
    for share in (0.3, 0.6, 1.0):
        QTest.mouseMove(window.tabs, start + (end - start) * share)
    QTest.mouseRelease(window.tabs, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, end)
    qtbot.waitUntil(lambda: [d.title for d in window.session.documents] == ["other", "toy"])
    assert titles(window) == ["other", "toy"]
    assert window.session.graph.name == "toy"


def test_closing_a_tab_shows_its_neighbour_and_the_last_the_start_page(window: MainWindow, qtbot: QtBot) -> None:
    add(window, other("one"))
    add(window, other("two"))
    window.session.undo_stack.setClean()
    middle = window.tabs.tabRect(2).center()
    qtbot.mouseClick(window.tabs, Qt.MouseButton.MiddleButton, pos=middle)
    assert window.session.graph.name == "one"
    window.tabs.tabCloseRequested.emit(0)
    assert window.session.graph.name == "one", "another tab's closing leaves this one shown"
    act(window, "file.close").trigger()
    assert window.stack.currentWidget() is window.start_page
    assert not window.tabs.isVisible()


def test_closing_a_changed_tab_asks_and_shows_what_it_is_about(window: MainWindow, qtbot: QtBot) -> None:
    window.session.apply(edits.SetName("changed"))
    window.session.new()
    window.tabs.tabCloseRequested.emit(0)
    assert window.session.graph.name == "changed"
    answer(window, "question.unsaved", Button.Discard, qtbot)
    assert [d.title for d in window.session.documents] == ["untitled"]


def test_the_window_asks_about_every_changed_document(window: MainWindow, qtbot: QtBot) -> None:
    window.session.apply(edits.SetName("first"))
    window.session.new()
    window.session.apply(edits.SetName("second"))
    window.close()
    asked = []
    for _ in range(2):
        asked.append(box(window, "question.unsaved").text())
        answer(window, "question.unsaved", Button.Discard, qtbot)
        QApplication.processEvents()
    assert ["first" in asked[0], "second" in asked[1]] == [True, True]
    assert not window.isVisible()


def test_the_start_page_keeps_the_documents(window: MainWindow, qtbot: QtBot) -> None:
    act(window, "file.start").trigger()
    assert window.stack.currentWidget() is window.start_page
    assert window.tabs.isVisible()
    qtbot.mouseClick(window.tabs, Qt.MouseButton.LeftButton, pos=window.tabs.tabRect(0).center())
    assert window.stack.currentWidget() is window.canvas
    assert window.session.graph.name == "toy"


def test_a_file_opens_beside_and_once(window: MainWindow, tmp_path: Path) -> None:
    save_graph(other(), tmp_path / "other.json")
    window.documents.open(tmp_path / "other.json")
    assert titles(window) == ["toy", "other.json"]
    window.tabs.step(1)
    window.documents.open(tmp_path / "other.json")
    assert titles(window) == ["toy", "other.json"]
    assert window.session.graph.name == "other"


def test_an_empty_document_gives_way_to_a_file(window: MainWindow, tmp_path: Path) -> None:
    save_graph(other(), tmp_path / "other.json")
    window.session.close()
    window.session.new()
    window.documents.open(tmp_path / "other.json")
    assert [d.title for d in window.session.documents] == ["other.json"]


def drop(window: MainWindow, path: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    at, left, none = QPoint(200, 200), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    copy, viewport = Qt.DropAction.CopyAction, window.canvas.viewport()
    QApplication.sendEvent(viewport, QDragEnterEvent(at, copy, data, left, none))
    QApplication.sendEvent(window, QDropEvent(QPointF(at), copy, data, left, none))


def test_a_recent_file_is_opened_from_the_menu(window: MainWindow, tmp_path: Path) -> None:
    menu = window.findChild(QMenu, "menu.recent")
    menu.aboutToShow.emit()
    assert [a.isEnabled() for a in menu.actions()] == [False]
    save_graph(other(), tmp_path / "a&b.json")
    window.documents.open(tmp_path / "a&b.json")
    window.documents.close()
    menu.aboutToShow.emit()
    assert [a.text() for a in menu.actions()] == ["a&&b.json"]
    menu.actions()[0].trigger()
    assert window.session.graph.name == "other"


def test_a_file_dropped_on_the_window_is_opened(window: MainWindow, tmp_path: Path) -> None:
    save_graph(other(), tmp_path / "dropped.json")
    drop(window, tmp_path / "dropped.json")
    assert window.session.graph.name == "other"
    (tmp_path / "notes.json").write_text("no graph")
    drop(window, tmp_path / "notes.json")
    assert "notes.json" in window.log.toPlainText()
    assert len(window.session.documents) == 2


def test_a_run_belongs_to_its_document(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window(FakeTrainer(epochs=1000, nan_at=30))
    window.session.run()
    qtbot.waitUntil(lambda: window.session.training_state == "running")
    window.session.new()
    window.session.open_graph(regression())
    qtbot.waitUntil(lambda: window.session.training_state == "idle")
    assert not window.session.run_problems
    assert window.session.selection == ()
    assert window.canvas.view.graph_scene.nodes["loss"].progress is None
    window.tabs.step(1)
    assert window.session.run_problems[0].node == "dense"
    assert isinstance(window.findChild(QMessageBox), type(None))


def test_a_node_is_found_by_its_name(window: MainWindow, qtbot: QtBot) -> None:
    from netstudio.gui.finder import Finder

    window.session.apply(edits.MoveNodes({"loss": (9000, 9000)}))
    window.canvas.view.look_at(QPointF(0, 0))
    qtbot.keyClick(window, Qt.Key.Key_F, CTRL)
    finder = window.findChildren(Finder)[-1]
    qtbot.keyClicks(finder.search, "squared")
    assert finder.found() == ["loss"]
    qtbot.keyClick(finder.search, Qt.Key.Key_Return)
    assert window.session.selection == ("loss",)
    assert seen(window.canvas, window.canvas.node_rect("loss"))
