"""Asking a trained model about files: chosen or dropped, answered beside the window, saved."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

import netstudio as ns
from netstudio.data.preprocessing import Preprocessing
from netstudio.gui.predicting.dialog import PredictDialog
from netstudio.gui.window import MainWindow
from netstudio.resources import SAMPLES
from netstudio.training.trainer import Trainer
from tests.gui.test_window import act

SLOW_MS = 60_000
HEADER = "petal width (cm),sepal length (cm),sepal width (cm),petal length (cm)"
ROWS = [(5.1, 3.5, 1.4, 0.2), (6.7, 3.0, 5.2, 2.3), (6.0, 2.9, 4.5, 1.5)]  # in the order of training


@pytest.fixture(scope="module")
def model() -> Any:
    trainer = Trainer.from_graph(ns.load_graph(SAMPLES / "iris.json"))
    for _progress in trainer.run():
        pass
    return trainer.model


@pytest.fixture
def dialog(window: MainWindow, model: Any, qtbot: QtBot) -> PredictDialog:
    assert not act(window, "training.predict").isEnabled()
    window.session.document.model = model
    window.refresh_actions()
    act(window, "training.predict").trigger()
    made = window.findChild(PredictDialog)
    assert made is not None
    assert made.windowTitle() == "Predict: Iris: three kinds of flower"
    return made


def table_in(folder: Path, rows: list[tuple[float, ...]] = ROWS) -> Path:
    """With its columns in another order than in training."""
    path = folder / "new flowers.csv"
    path.write_text("\n".join([HEADER, *(f"{d},{a},{b},{c}" for a, b, c, d in rows)]) + "\n")
    return path


def click(dialog: PredictDialog, name: str, qtbot: QtBot) -> None:
    qtbot.mouseClick(dialog.findChild(QPushButton, f"predict.{name}"), Qt.MouseButton.LeftButton)


def answered(dialog: PredictDialog, qtbot: QtBot) -> list[list[str]]:
    qtbot.waitUntil(lambda: not dialog.worker.busy, timeout=SLOW_MS)
    table = dialog.answers
    texts = [[table.item(y, x) for x in range(table.columnCount())] for y in range(table.rowCount())]
    return [[item.text() for item in row if item is not None] for row in texts]


def test_a_chosen_table_is_answered_and_saved(window: MainWindow, model: Any, qtbot: QtBot, tmp_path: Path) -> None:
    window.documents.pick_samples = lambda: str(table_in(tmp_path))
    window.session.document.model = model
    window.documents.predict()
    dialog = window.findChild(PredictDialog)
    assert dialog is not None
    starts: list[str] = []

    def pick(start: str, _kinds: str) -> str:
        starts.append(start)
        return str(tmp_path / Path(start).stem)

    dialog._pick_save = pick
    assert not dialog.save_button.isEnabled()
    click(dialog, "file", qtbot)
    rows = answered(dialog, qtbot)
    scaled = Preprocessing.from_json(model.preprocessing).apply({"sizes": np.array(ROWS, np.float32)})
    expected = model.predict(scaled["sizes"])
    names = ["setosa", "versicolor", "virginica"]
    assert [row[:2] for row in rows] == [[str(i), names[p.argmax()]] for i, p in enumerate(expected)]
    assert dialog.said.text() == "new flowers.csv: 3 samples."
    click(dialog, "save", qtbot)
    assert starts == ["new flowers predicted.csv"]
    saved = list(csv.DictReader((tmp_path / "new flowers predicted.csv").read_text().splitlines()))
    assert [row["class"] for row in saved] == [row[1] for row in rows]
    told = [[float(row[f"p({name})"]) for name in names] for row in saved]
    np.testing.assert_allclose(told, expected, rtol=1e-5, atol=1e-7)
    assert dialog.said.text() == f"The predictions are in {tmp_path / 'new flowers predicted.csv'}."
    dialog.reject()


def test_a_dropped_file_is_answered_too(dialog: PredictDialog, qtbot: QtBot, tmp_path: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(table_in(tmp_path, ROWS * 400)))])
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    QApplication.sendEvent(dialog, QDragEnterEvent(QPoint(50, 50), Qt.DropAction.CopyAction, data, left, none))
    QApplication.sendEvent(dialog, QDropEvent(QPointF(50, 50), Qt.DropAction.CopyAction, data, left, none))
    assert len(answered(dialog, qtbot)) == 1000
    said = dialog.said.text().replace("\u202f", " ")
    assert said == "new flowers.csv: 1 200 samples. The first 1 000 are shown; Save writes all."
    dialog.reject()


def test_what_can_not_be_answered_says_why(dialog: PredictDialog, qtbot: QtBot, tmp_path: Path) -> None:
    dialog.ask(table_in(tmp_path))
    assert len(answered(dialog, qtbot)) == 3
    other = tmp_path / "other.csv"
    other.write_text("a,b\n1,2\n")
    dialog.ask(other)
    assert answered(dialog, qtbot) == []
    assert "other.csv has no column 'sepal length (cm)'" in dialog.said.text()
    assert dialog.said.property("role") == "error"
    assert not dialog.save_button.isEnabled()
    dialog.reject()


def test_what_can_not_be_saved_says_why(dialog: PredictDialog, qtbot: QtBot, tmp_path: Path) -> None:
    dialog.ask(table_in(tmp_path))
    answered(dialog, qtbot)
    dialog._pick_save = lambda _start, _kinds: str(tmp_path / "gone" / "p.npz")
    click(dialog, "save", qtbot)
    assert "there is no folder" in dialog.said.text()
    dialog._pick_save = lambda _start, _kinds: str(tmp_path / "p.npz")
    click(dialog, "save", qtbot)
    with np.load(tmp_path / "p.npz", allow_pickle=False) as arrays:
        assert arrays["kinds"].shape == (3, 3)
    dialog.reject()


def test_an_open_model_is_evaluated_by_a_key(window: MainWindow, model: Any, qtbot: QtBot) -> None:
    window.session.open_graph(model.graph)
    window.session.document.model = model
    window.refresh_actions()
    qtbot.keyClick(window, Qt.Key.Key_F7)
    panel = window.evaluation
    qtbot.waitUntil(lambda: panel.matrix.isVisible(), timeout=SLOW_MS)
    assert panel.figures.item(0, 0).text() == "loss"
    assert "of 30 validation samples" in panel.note.text()
