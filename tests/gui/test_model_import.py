"""Importing a model: a tab of its own, with its weights."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialogButtonBox, QPushButton
from pytestqt.qtbot import QtBot

import netstudio as ns
from netstudio.gui.model_import import holds_model
from netstudio.gui.model_sizes import SizesDialog
from netstudio.gui.session import Session
from netstudio.gui.settings import Settings
from netstudio.gui.window import MainWindow
from netstudio.gui.worker import _begin_with
from tests.gui.test_window import act
from tests.gui.toys import FakeTrainer

SLOW_MS = 20_000
MODELS = Path(__file__).parents[1] / "imports" / "onnx" / "models"


@pytest.fixture
def window(qtbot: QtBot, tmp_path: Path) -> MainWindow:
    made = MainWindow(Session(make_trainer=FakeTrainer()), Settings(tmp_path / "window.ini"))
    qtbot.addWidget(made)
    return made


def told(window: MainWindow) -> list[tuple[str, str]]:
    messages: list[tuple[str, str]] = []
    window.session.message.connect(lambda level, text: messages.append((level, text)))
    return messages


def test_a_dropped_model_opens_in_a_tab_with_its_weights(window: MainWindow, qtbot: QtBot) -> None:
    messages, session = told(window), window.session
    window.take_file(MODELS / "cnn_script.onnx")
    qtbot.waitUntil(lambda: session.is_open, timeout=20000)
    assert session.graph.nodes["fc1"].type == "Dense"
    assert session.modified
    assert session.path is None
    assert session.document.weights["fc2/kernel"].shape == (16, 10)
    with np.load(MODELS / "cnn_script.npz") as arrays:
        np.testing.assert_allclose(session.model.predict(arrays["in_x"]), arrays["out_output"], 1e-5, 1e-6)
    assert "The loss of output is a guess" in messages[-1][1]
    assert window.actions_by_id["file.exportModel"].isEnabled()


def test_a_model_file_of_ours_is_opened_as_graphs_are_and_dropped_alike(
    window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    messages, session, path = told(window), window.session, tmp_path / "cnn.npz"
    model = ns.import_model(MODELS / "cnn_script.onnx")
    model.save(path)
    window.documents.pick_open = lambda: str(path)
    act(window, "file.open").trigger()
    qtbot.waitUntil(lambda: session.is_open, timeout=SLOW_MS)
    assert messages[-1] == ("info", "cnn.npz is open with its weights: Run begins with them, Export Model keeps them.")
    np.testing.assert_array_equal(session.document.weights["fc2/kernel"], model.weights["fc2/kernel"])
    assert not session.document.unsaved
    assert window.settings.recent == [path]
    window.take_file(path)
    qtbot.waitUntil(lambda: len(session.documents) == 2, timeout=SLOW_MS)
    np.savez(tmp_path / "data.npz", x=np.zeros((4, 2)), y=np.zeros(4))
    assert holds_model(path)
    assert not holds_model(tmp_path / "data.npz")


def test_a_damaged_model_file_says_so(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    messages, path = told(window), tmp_path / "data.npz"
    np.savez(path, x=np.zeros((4, 2)))
    window.documents.open(path)
    qtbot.waitUntil(lambda: messages[-1][0] == "error", timeout=SLOW_MS)
    assert "data.npz is no model file: it has no member __netstudio__.json" in messages[-1][1]
    assert window.notices.subjects == ["error"]


def test_saving_an_imported_graph_offers_to_keep_its_weights(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    messages, session, starts = told(window), window.session, []
    window.show()
    window.documents.import_model(MODELS / "cnn_script.onnx")
    qtbot.waitUntil(lambda: session.is_open, timeout=SLOW_MS)
    path = tmp_path / "cnn.json"
    window.documents.pick_save = lambda _start, _kinds: str(path)
    act(window, "file.save").trigger()
    assert messages[-1][1].startswith(f"Saved to {path}. That is the graph alone")
    (keep,) = [b for b in window.notices.findChildren(QPushButton) if b.text() == "Keep them …"]

    def pick(start: str, _kinds: str) -> str:
        starts.append(start)
        return str(tmp_path / start)

    window.documents.pick_save = pick
    with qtbot.waitSignal(window.documents.exporter.written, timeout=SLOW_MS):
        qtbot.mouseClick(keep, Qt.MouseButton.LeftButton)
    assert starts == ["cnn"]
    act(window, "file.save").trigger()
    assert messages[-1][1] == f"Saved to {path}."
    act(window, "file.close").trigger()
    window.documents.open(tmp_path / "cnn.npz")
    qtbot.waitUntil(lambda: session.is_open, timeout=SLOW_MS)
    with np.load(MODELS / "cnn_script.npz") as arrays:
        predicted = session.document.model.predict(arrays["in_x"])
        np.testing.assert_allclose(predicted, arrays["out_output"], 1e-5, 1e-6)


def test_sizes_that_a_file_leaves_open_are_asked_for(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    onnx = pytest.importorskip("onnx")
    from tests.imports.onnx.test_bad_files import dense

    path = tmp_path / "open.onnx"
    onnx.save(dense(["n", "m"]), path)
    window.show()
    window.documents.import_model(path)
    qtbot.waitUntil(lambda: window.findChild(SizesDialog) is not None, timeout=SLOW_MS)
    dialog = window.findChild(SizesDialog)
    ok = dialog.buttons.button(QDialogButtonBox.StandardButton.Ok)
    assert dialog.sizes.text() == "?"
    assert dialog.sizes.selectedText() == "?"
    assert not ok.isEnabled()
    qtbot.keyClicks(dialog.sizes, "4, x")
    assert not ok.isEnabled()
    qtbot.keyClick(dialog.sizes, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClicks(dialog.sizes, "4")
    qtbot.mouseClick(ok, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.session.is_open, timeout=SLOW_MS)
    assert window.session.graph.nodes["x"].params["shape"] == [4]


def test_several_models_are_read_one_after_the_other(window: MainWindow, qtbot: QtBot) -> None:
    for name in ("lstm_script", "siamese_script"):
        window.take_file(MODELS / f"{name}.onnx")
    qtbot.waitUntil(lambda: len(window.session.documents) == 2, timeout=20000)


def test_the_action_asks_for_a_file_and_tells_what_is_wrong_with_it(
    window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    messages, bad = told(window), tmp_path / "bad.onnx"
    bad.write_bytes(b"nothing")
    window.documents.pick_model = lambda: str(bad)
    window.actions_by_id["file.import"].trigger()
    qtbot.waitUntil(lambda: messages[-1][0] == "error", timeout=20000)
    assert "is no ONNX file" in messages[-1][1]
    assert not window.session.documents


class Model:
    def __init__(self, **weights: np.ndarray) -> None:
        self.weights = weights

    def set_weights(self, weights: dict[str, np.ndarray]) -> None:
        self.weights = weights


def test_a_run_begins_with_the_weights_that_fit() -> None:
    model = Model(a=np.zeros(2), b=np.zeros(3), c=np.zeros(4))
    _begin_with(model, {"a": np.ones(2), "b": np.ones(5), "gone": np.ones(1)})
    assert {name: float(array.sum()) for name, array in model.weights.items()} == {"a": 2.0, "b": 0.0, "c": 0.0}
