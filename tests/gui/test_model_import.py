"""Importing a model: a tab of its own, with its weights."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from netstudio.gui.session import Session
from netstudio.gui.settings import Settings
from netstudio.gui.window import MainWindow
from netstudio.gui.worker import _begin_with
from tests.gui.toys import FakeTrainer

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
