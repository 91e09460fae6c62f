"""The window: actions, panels, running, closing."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QLabel, QMessageBox, QPushButton, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from netstudio.graph import edits
from netstudio.gui.app import create_window
from netstudio.gui.commands import COMMANDS
from netstudio.gui.finder import Finder
from netstudio.gui.runs import Run
from netstudio.gui.settings import Settings
from netstudio.gui.shortcuts import ShortcutsDialog
from netstudio.gui.window import MainWindow
from netstudio.training.progress import Progress
from tests.gui.toys import FakeTrainer, MakeWindow, regression

ACTIONS = """
file.new file.open file.save file.saveAs file.import file.exportModel file.exportCode edit.undo edit.redo edit.cut
edit.copy edit.paste edit.duplicate edit.delete edit.selectAll edit.rename view.fitAll view.fitSelection view.zoomIn
view.zoomOut view.minimap view.theme node.add node.group node.ungroup node.bypass graph.layout training.run
training.pause training.step training.stop help.shortcuts view.commandPalette
"""
PANELS = ("palette", "canvas", "inspector", "charts", "evaluation", "data", "runs", "problems", "log")
Button = QMessageBox.StandardButton


def act(window: MainWindow, id: str) -> QAction:
    return window.actions_by_id[id]


def press(qtbot: QtBot, window: MainWindow, id: str) -> None:
    """Press an action's button in the toolbar."""
    button = window.toolbar.widgetForAction(act(window, id))
    assert isinstance(button, QToolButton)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def box(window: MainWindow, name: str) -> QMessageBox | None:
    return next((b for b in window.findChildren(QMessageBox, name) if b.isVisible()), None)


def answer(window: MainWindow, name: str, button: Button, qtbot: QtBot) -> None:
    question = box(window, name)
    assert question is not None
    qtbot.mouseClick(question.button(button), Qt.MouseButton.LeftButton)


def test_the_promised_actions_and_panels_are_there(qtbot: QtBot) -> None:
    window = create_window()
    qtbot.addWidget(window)
    assert all(len(window.findChildren(QAction, id)) == 1 for id in ACTIONS.split())
    assert all(len(window.findChildren(QWidget, f"panel.{name}")) == 1 for name in PANELS)
    assert window.findChild(QWidget, "palette.search")


def test_what_can_not_be_done_yet_says_why(window: MainWindow) -> None:
    export = act(window, "file.exportModel")
    assert export.toolTip() == "Export Model (Ctrl+E): no model yet; run the network to its end, or stop it"
    window.session.document.model = object()
    window.refresh_actions()
    assert export.toolTip() == "Export Model (Ctrl+E)"


def test_no_two_actions_share_a_shortcut() -> None:
    keys = [key for command in COMMANDS for key in command.shortcuts]
    assert len(keys) == len(set(keys))


def test_opening_a_file_at_the_start(qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "graph.json"
    path.write_text('{"format": "netstudio/graph", "version": 1, "name": "mine", "nodes": [], "wires": []}')
    window = create_window(str(path))
    qtbot.addWidget(window)
    assert isinstance(window, MainWindow)
    assert window.session.graph.name == "mine"
    assert window.windowTitle().startswith("graph.json")
    assert window.stack.currentWidget() is window.canvas


def test_undo_and_redo_by_keyboard(window: MainWindow, qtbot: QtBot) -> None:
    window.session.apply(edits.AddNode("Flatten"))
    assert window.isWindowModified()
    qtbot.keyClick(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert "flatten1" not in window.session.graph.nodes
    assert act(window, "edit.redo").isEnabled()
    qtbot.keyClick(window, Qt.Key.Key_Y, Qt.KeyboardModifier.ControlModifier)
    assert "flatten1" in window.session.graph.nodes


def test_run_pause_step_and_stop_by_their_buttons(make_window: MakeWindow, qtbot: QtBot) -> None:
    trainer = FakeTrainer(epochs=1000)
    window = make_window(trainer)
    press(qtbot, window, "training.run")
    qtbot.waitUntil(lambda: window.session.training_state == "running" and trainer.done > 2)
    assert not act(window, "training.run").isEnabled()
    press(qtbot, window, "training.pause")
    assert window.session.training_state == "paused"
    qtbot.wait(40)
    at = trainer.done
    press(qtbot, window, "training.step")
    qtbot.waitUntil(lambda: trainer.done == at + 1)
    press(qtbot, window, "training.run")
    assert window.session.training_state == "running"
    qtbot.waitUntil(lambda: trainer.done > at + 3)
    press(qtbot, window, "training.stop")
    qtbot.waitUntil(lambda: window.session.training_state == "idle")
    assert act(window, "training.run").isEnabled()


def test_a_run_fills_charts_runs_status_and_evaluation(window: MainWindow, qtbot: QtBot) -> None:
    press(qtbot, window, "training.run")
    qtbot.waitUntil(lambda: window.session.training_state == "idle" and bool(window.session.history.epoch))
    window.charts.redraw()
    assert window.charts.loss.points() == {"loss": 12, "val_loss": 3}
    assert window.charts.second.points() == {"accuracy": 3, "val_accuracy": 3}
    window.show_panel("runs")
    assert window.runs.table.item(0, 1).text() == "done"
    assert "loss" in window.status.speed.text()
    assert window.evaluation.figures.item(0, 0).text() == "loss"


def test_the_end_of_an_epoch_leaves_the_speed_as_it_was() -> None:
    run = Run(1, regression())
    run.add(Progress("steps", 1, 2, 3, 3, {"loss": 1.0}, (1.0,), 4000.0, 0.1))
    run.add(Progress("epoch", 1, 2, 3, 3, {"loss": 1.0}))
    assert run.samples_per_second == 4000.0


def test_the_status_tells_the_epoch_while_it_trains(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window(FakeTrainer(epochs=500, pace=0.002))
    window.session.run()
    qtbot.waitUntil(lambda: re.match(r"epoch \d+/500", window.status.epoch.text()) is not None)
    assert window.status.bar.isVisible()
    assert "samples/s" in window.status.speed.text()
    window.session.stop()
    qtbot.waitUntil(lambda: window.session.training_state == "idle")
    assert not window.status.bar.isVisible()


def test_closing_while_training_asks_once_and_then_stops(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window(FakeTrainer(epochs=1000))
    window.session.run()
    qtbot.waitUntil(lambda: window.session.training_state == "running")
    window.close()
    assert window.isVisible()
    answer(window, "question.training", Button.No, qtbot)
    assert window.isVisible()
    assert window.session.training_state == "running"
    window.close()
    answer(window, "question.training", Button.Yes, qtbot)
    assert not window.isVisible()
    assert window.session.training_state == "idle"


@pytest.mark.parametrize("button", [Button.Save, Button.Discard, Button.Cancel])
def test_unsaved_changes_are_asked_about(make_window: MakeWindow, qtbot: QtBot, tmp_path: Path, button: Button) -> None:
    window = make_window()
    window.documents.pick_save = lambda _start, _kinds: str(tmp_path / "kept.json")
    window.session.apply(edits.SetName("changed"))
    act(window, "file.close").trigger()
    answer(window, "question.unsaved", button, qtbot)
    assert window.session.is_open == (button == Button.Cancel)
    assert (tmp_path / "kept.json").exists() == (button == Button.Save)


def test_nothing_is_asked_where_nothing_changed(window: MainWindow) -> None:
    act(window, "file.new").trigger()
    assert box(window, "question.unsaved") is None
    assert not window.session.graph.nodes


def test_save_opens_again_and_is_recent(window: MainWindow, tmp_path: Path) -> None:
    path = tmp_path / "graph.json"
    window.documents.pick_save = lambda _start, _kinds: str(path)
    window.session.apply(edits.SetName("kept"))
    act(window, "file.save").trigger()
    assert not window.session.modified
    assert window.settings.recent == [path]
    window.session.new()
    window.documents.open(path)
    assert window.session.graph.name == "kept"
    assert list(window.session.graph.nodes) == list(regression().nodes)


def test_a_file_that_cannot_be_read_is_told_and_nothing_changes(
    window: MainWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    path = tmp_path / "broken.json"
    path.write_text("{")
    before = window.session.graph
    with qtbot.waitSignal(window.session.message) as caught:
        window.documents.open(path)
    assert caught.args[0] == "error"
    assert window.session.graph is before
    assert "broken.json" in window.log.toPlainText()


def test_what_went_wrong_stands_above_the_canvas_until_something_goes_well(
    window: MainWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    window.documents.pick_save = lambda _start, _kinds: str(tmp_path / "gone" / "graph.json")
    act(window, "file.saveAs").trigger()
    (said,) = [label.text() for label in window.notices.findChildren(QLabel) if label.text()]
    assert said.startswith("can't write")
    assert "there is no folder" in said
    window.documents.pick_save = lambda _start, _kinds: str(tmp_path / "graph.json")
    act(window, "file.saveAs").trigger()
    assert window.notices.subjects == []


def test_a_problem_is_gone_to_and_repaired(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window(graph=regression(input_shape=(4, 2)))
    window.show_panel("problems")
    row = next(r for r in window.problems.rows() if r.problem.node == "dense")
    qtbot.mouseClick(row, Qt.MouseButton.LeftButton)
    assert window.session.selection == ("dense",)
    repair = row.findChildren(QPushButton)[0]
    assert repair.text() == "Insert Flatten before dense"
    qtbot.mouseClick(repair, Qt.MouseButton.LeftButton)
    assert window.session.analysis.ok
    window.session.undo()
    assert not window.session.analysis.ok


def test_the_start_page_stands_there_until_a_document_is_open(window: MainWindow, qtbot: QtBot) -> None:
    window.session.close()
    assert window.stack.currentWidget() is window.start_page
    qtbot.mouseClick(window.start_page.findChild(QPushButton, "start.new"), Qt.MouseButton.LeftButton)
    assert window.stack.currentWidget() is window.canvas


def test_the_command_palette_finds_and_does(window: MainWindow, qtbot: QtBot) -> None:
    act(window, "view.commandPalette").trigger()
    finder = window.findChildren(Finder)[-1]
    qtbot.keyClicks(finder.search, "theme")
    assert finder.found() == ["Dark or Light Theme"]
    before = window.theme.name
    qtbot.keyClick(finder.search, Qt.Key.Key_Return)
    assert window.theme.name != before


def test_a_node_is_added_by_name(window: MainWindow, qtbot: QtBot) -> None:
    act(window, "node.add").trigger()
    finder = window.findChildren(Finder)[-1]
    qtbot.keyClicks(finder.search, "flat")
    qtbot.keyClick(finder.search, Qt.Key.Key_Return)
    assert window.session.graph.nodes["flatten1"].type == "Flatten"


def test_the_shortcuts_dialog_lists_the_table(window: MainWindow) -> None:
    act(window, "help.shortcuts").trigger()
    dialog = window.findChild(ShortcutsDialog)
    shown = {dialog.table.item(y, 0).text(): dialog.table.item(y, 1).text() for y in range(dialog.table.rowCount())}
    assert shown["Undo"] == "Ctrl+Z"
    assert shown["Fit All"] == "Home"
    dialog.close()


def test_damaged_settings_do_not_stop_the_start(qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "damaged.ini"
    path.write_bytes(b"\x00[General\ntheme=@Invalid(\nrecent=7\ngeometry=@ByteArray(xx\ndocks=@Variant(\xff\xfe)\n")
    window = MainWindow(settings=Settings(path))
    qtbot.addWidget(window)
    window.show()
    assert window.settings.recent == []
    assert window.settings.theme in (None, "dark", "light")


def test_the_layout_of_the_docks_is_remembered(make_window: MakeWindow) -> None:
    window = make_window()
    window.docks["log"].hide()
    window.close_now()
    assert make_window().docks["log"].isHidden()


def test_new_leaves_the_other_document_as_it_was(window: MainWindow) -> None:
    window.session.apply(edits.SetName("changed"))
    act(window, "file.new").trigger()
    assert box(window, "question.unsaved") is None
    assert [d.graph.name for d in window.session.documents] == ["changed", "untitled"]


def test_a_sample_opens_as_a_copy(window: MainWindow, tmp_path: Path) -> None:
    """Saving it must not write over the sample."""
    sample = tmp_path / "sample.json"
    window.session.files.save(sample)
    window.documents.open_sample(sample)
    assert window.session.path is None
    assert window.session.folder == tmp_path


def test_the_model_is_exported_after_a_run(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    export = act(window, "file.exportModel")
    assert not export.isEnabled()
    saved: list[Path] = []

    class Model:
        def export(self, path: Path, to: str | None = None) -> tuple[Path, ...]:
            saved.append(path)
            return (path,)

    window.session.document.model = Model()
    window.refresh_actions()
    assert export.isEnabled()
    window.documents.pick_save = lambda _start, _kinds: str(tmp_path / "model")
    with qtbot.waitSignal(window.documents.exporter.written) as told:
        export.trigger()
    assert saved == [tmp_path / "model.npz"]
    assert told.args == [f"The model is in {tmp_path / 'model.npz'}."]


def test_an_augmentation_that_suits_nothing_is_a_problem_before_a_run(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window()
    session = window.session
    window.show_panel("problems")
    before = session.problems
    session.apply(edits.SetData({"augment": ["MixUp", "Flip"]}))
    row = next(r for r in window.problems.rows() if "Flip" in r.problem.message)
    assert "changes images" in row.problem.message
    session.run()
    assert session.training_state == "idle"
    (button,) = row.buttons
    assert button.text() == "Remove Flip from the augmentations"
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert session.graph.data["augment"] == ["MixUp"]
    assert session.problems == before
    session.undo()
    assert session.problems[0] == row.problem


def test_a_refused_run_shows_the_problems(make_window: MakeWindow) -> None:
    window = make_window(graph=regression(input_shape=(4, 2)))
    act(window, "training.run").trigger()
    assert window.session.training_state == "idle"
    assert not window.problems.visibleRegion().isEmpty()


def test_a_question_is_asked_once_however_often_the_window_is_closed(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window()
    window.session.apply(edits.SetName("changed"))
    for _ in range(3):
        window.close()
    assert len(window.findChildren(QMessageBox, "question.unsaved")) == 1
    answer(window, "question.unsaved", Button.Cancel, qtbot)
    assert window.isVisible()


def test_undo_says_what_it_would_undo(window: MainWindow) -> None:
    window.session.apply(edits.AddNode("Flatten"))
    assert act(window, "edit.undo").text() == "Undo add Flatten"
    window.session.undo()
    assert act(window, "edit.undo").text() == "Undo"
    assert act(window, "edit.redo").text() == "Redo add Flatten"
