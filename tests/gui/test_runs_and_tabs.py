"""Runs where several graphs are open: whose model it is, whose run, and what closing a tab means for it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QDialog, QPushButton
from pytestqt.qtbot import QtBot

from netstudio.errors import DataError
from netstudio.graph import edits
from netstudio.gui.documents import file_stem
from netstudio.gui.window import MainWindow
from netstudio.training.progress import History, Progress
from tests.gui.test_tabs import add
from tests.gui.test_window import Button, act, answer, box, press
from tests.gui.toys import FakeTrainer, MakeWindow, regression


def show_tab(window: MainWindow, qtbot: QtBot, at: int) -> None:
    qtbot.mouseClick(window.tabs, Qt.MouseButton.LeftButton, pos=window.tabs.tabRect(at).center())
    QApplication.processEvents()


def two_tabs(window: MainWindow) -> None:
    """The second graph is shown."""
    add(window, edits.SetName("second").apply(regression(), window.session.catalogue))


def idle(window: MainWindow) -> bool:
    return window.session.training_state == "idle" and bool(window.session.history.epoch)


def test_a_model_belongs_to_the_tab_that_was_trained(window: MainWindow, qtbot: QtBot) -> None:
    asked: list[str] = []

    def pick(start: str, _kinds: str) -> str:
        asked.append(start)
        return ""

    window.documents.pick_save = pick
    press(qtbot, window, "training.run")
    qtbot.waitUntil(lambda: idle(window))
    act(window, "file.exportModel").trigger()
    first = window.session.document.model
    two_tabs(window)
    assert not act(window, "file.exportModel").isEnabled()
    press(qtbot, window, "training.run")
    qtbot.waitUntil(lambda: idle(window))
    act(window, "file.exportModel").trigger()
    assert asked == ["toy", "second"]
    show_tab(window, qtbot, 0)
    assert window.session.document.model is first is not None


def test_a_run_that_comes_to_no_model_leaves_the_tab_without(make_window: MakeWindow, qtbot: QtBot) -> None:
    def spoiled(*_arguments: Any) -> Any:
        raise OSError("the data are gone")

    window = make_window()
    press(qtbot, window, "training.run")
    qtbot.waitUntil(lambda: idle(window))
    two_tabs(window)
    window.session.training.make_trainer = spoiled
    press(qtbot, window, "training.run")
    qtbot.waitUntil(lambda: window.session.training_state == "idle")
    assert window.session.document.model is None
    assert not act(window, "file.exportCode").isEnabled()


def test_a_run_that_is_paused_goes_on_in_its_own_tab_alone(make_window: MakeWindow, qtbot: QtBot) -> None:
    trainer = FakeTrainer(epochs=1000)
    window = make_window(trainer)
    press(qtbot, window, "training.step")
    qtbot.waitUntil(lambda: window.session.training_state == "paused" and window.session.runs[0].last is not None)
    two_tabs(window)
    for id in ("training.run", "training.step"):
        with qtbot.waitSignal(window.session.message) as told:
            press(qtbot, window, id)
        assert told.args[0] == "warning"
        assert "“toy” is paused: stop it" in told.args[1]
    assert window.session.training_state == "paused"
    assert trainer.done == 1
    assert window.status.epoch.text() == "toy: epoch 1/1000 · paused"
    show_tab(window, qtbot, 0)
    assert window.status.epoch.text() == "epoch 1/1000 · paused"
    press(qtbot, window, "training.run")
    assert window.session.training_state == "running"


@pytest.mark.parametrize("button", [Button.Yes, Button.No])
def test_closing_the_tab_that_trains_asks_first(make_window: MakeWindow, qtbot: QtBot, button: Button) -> None:
    window = make_window(FakeTrainer(epochs=1000))
    press(qtbot, window, "training.run")
    qtbot.waitUntil(lambda: window.session.training_state == "running")
    two_tabs(window)
    window.session.undo_stack.setClean()
    act(window, "file.close").trigger()
    assert box(window, "question.training") is None, "another tab may go without a question"
    act(window, "file.close").trigger()
    answer(window, "question.training", button, qtbot)
    assert window.session.is_open == (button == Button.No)
    if button == Button.Yes:
        qtbot.waitUntil(lambda: window.session.training_state == "idle")
    else:
        assert window.session.training_state == "running"


def test_a_save_that_fails_leaves_the_data_where_they_were_found(window: MainWindow, tmp_path: Path) -> None:
    session = window.session
    session.files.save(tmp_path / "graph.json")
    (tmp_path / "flowers.csv").write_text("size,kind\n1,a\n")
    session.apply(edits.SetData({"source": "flowers.csv"}))
    assert not session.files.save(tmp_path / "gone" / "graph.json")
    assert session.graph.data["source"] == "flowers.csv"
    (tmp_path / "there").mkdir()
    assert session.files.save(tmp_path / "there" / "graph.json")
    assert session.graph.data["source"] == str(tmp_path / "flowers.csv")
    assert not session.modified
    assert json.loads((tmp_path / "there" / "graph.json").read_text())["data"] == session.graph.data


def test_names_of_graphs_as_names_of_files() -> None:
    assert file_stem("Iris: three kinds of flower") == "Iris_three kinds of flower"
    assert file_stem("../a/b.c?") == "a_b_c"
    assert file_stem("花 и цветы") == "花 и цветы"
    assert file_stem(" . ") == "graph"


class Trained:
    """A model whose weight counts the runs that went into it."""

    def __init__(self) -> None:
        self.weights = {"dense/kernel": np.zeros(1)}

    def set_weights(self, weights: dict[str, Any]) -> None:
        self.weights = weights

    def export(self, path: Path, to: str | None = None) -> tuple[Path, ...]:
        path.write_text("a model")
        return (path,)


class Learner(FakeTrainer):
    """Adds 1 to its model's weight; says that it took `seconds`."""

    def __init__(self, seconds: float = 0.1) -> None:
        super().__init__(epochs=1, steps=1)
        self.seconds = seconds

    def __call__(self, graph: Any, folder: Any, tell: Any) -> FakeTrainer:
        self.history, self.model = History(), Trained()
        return self

    def run(self, paused: bool = False) -> Iterator[Progress]:
        self.model.weights = {name: values + 1 for name, values in self.model.weights.items()}
        self.history.add(0, {"loss": 1.0})
        yield Progress("epoch", 1, 1, 1, 1, {"loss": 1.0}, (), 1000.0, self.seconds)


def test_training_further_begins_with_what_was_learnt(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window(Learner())
    further = act(window, "training.further")
    assert not further.isEnabled()
    assert further.toolTip().endswith("no model yet; run the network to its end, or stop it")
    for id, runs in (("training.run", 1), ("training.further", 2), ("training.further", 3), ("training.run", 1)):
        assert act(window, id).isEnabled()
        act(window, id).trigger()
        qtbot.waitUntil(lambda: idle(window))
        assert window.session.document.model.weights["dense/kernel"] == [runs]


@pytest.mark.parametrize("button", [Button.Save, Button.Discard, Button.Cancel])
def test_closing_asks_about_a_model_that_took_long(
    make_window: MakeWindow, qtbot: QtBot, tmp_path: Path, button: Button
) -> None:
    window = make_window(Learner(seconds=3700))
    press(qtbot, window, "training.run")
    qtbot.waitUntil(lambda: idle(window))
    window.documents.pick_save = lambda start, _kinds: str(tmp_path / start)
    window.close()
    question = box(window, "question.model")
    assert question is not None
    assert question.informativeText() == "It took 1 h 1 min to train, and is in no file. Without saving it is lost."
    answer(window, "question.model", button, qtbot)
    assert window.isVisible() == (button == Button.Cancel)
    assert (tmp_path / "toy.npz").exists() == (button == Button.Save)


def test_a_model_that_can_not_be_written_is_not_closed(make_window: MakeWindow, qtbot: QtBot, tmp_path: Path) -> None:
    window = make_window(Learner(seconds=3700))
    press(qtbot, window, "training.run")
    qtbot.waitUntil(lambda: idle(window))
    window.documents.pick_save = lambda start, _kinds: str(tmp_path / "gone" / start)
    act(window, "file.close").trigger()
    with qtbot.waitSignal(window.session.message) as told:
        answer(window, "question.model", Button.Save, qtbot)
    assert told.args[0] == "error"
    assert window.session.is_open
    window.documents.pick_save = lambda start, _kinds: str(tmp_path / start)
    act(window, "file.exportModel").trigger()
    qtbot.waitUntil(lambda: not window.documents.exporter.worker.busy)
    act(window, "file.close").trigger()
    assert not window.session.is_open


def test_a_model_of_a_moment_is_not_asked_about(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window(Learner(seconds=1))
    press(qtbot, window, "training.run")
    qtbot.waitUntil(lambda: idle(window))
    act(window, "file.close").trigger()
    assert not window.session.is_open


def test_a_run_without_data_offers_to_import_some(make_window: MakeWindow, qtbot: QtBot) -> None:
    def without(*_arguments: Any) -> Any:
        raise DataError("the document names no data")

    window = make_window(without)
    press(qtbot, window, "training.run")
    qtbot.waitUntil(lambda: window.notices.subjects == ["error"])
    assert window.session.problems[0].message.startswith("The graph has no data to learn from: import some")
    (offer,) = [b for b in window.notices.findChildren(QPushButton) if b.text() == "Import Data …"]
    qtbot.mouseClick(offer, Qt.MouseButton.LeftButton)
    dialog = next(d for d in window.findChildren(QDialog) if d.isVisible())
    assert window.notices.subjects == []
    dialog.reject()


def test_a_graph_is_saved_where_open_finds_it(window: MainWindow, tmp_path: Path) -> None:
    told: list[tuple[str, str]] = []
    window.session.message.connect(lambda level, text: told.append((level, text)))
    window.documents.pick_save = lambda _start, _kinds: str(tmp_path / "digits v1.2")
    act(window, "file.saveAs").trigger()
    assert [path.name for path in tmp_path.glob("digits*")] == ["digits v1.2.json"]
    window.session.apply(edits.SetName("other"))
    act(window, "file.saveAs").trigger()
    assert told[-1][0] == "error"
    assert "digits v1.2.json is there already" in told[-1][1]
    assert '"other"' not in (tmp_path / "digits v1.2.json").read_text()
