"""From a file or folder that people have to a trained model: dropped on the window, used and run by mouse."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from netstudio.gui.window import MainWindow
from tests.gui.importing.test_import import drop, opened, press, pytestmark, run, window
from tests.journeys.journeys import JOURNEYS, Journey

__all__ = ["pytestmark", "window"]

# What the network that is suggested comes to at least, a share of the validation samples that is told right, or at
# most, an error in deviations of what is predicted: to tell the mean is off by 0.8.
REACHED = {
    "iris": 0.9, "wine": 0.9, "breast_cancer": 0.93, "digits": 0.95, "image_folder": 0.97, "idx": 0.97, "texts": 0.8,
    "tones": 0.9, "diabetes": 0.6, "parquet_with_holes": 0.6, "series": 0.4,
}  # fmt: skip


@pytest.mark.parametrize("journey", JOURNEYS, ids=lambda j: j.name)
def test_what_is_suggested_is_used_and_learns(
    journey: Journey, window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    drop(window, journey.make(tmp_path))
    press(qtbot, opened(window, qtbot), "use")
    assert not window.session.problems
    run(window, qtbot)
    history = window.session.history.history
    best = min(range(len(history["val_loss"])), key=lambda epoch: history["val_loss"][epoch])
    if journey.classes is not None:
        assert history["val_accuracy"][best] >= REACHED[journey.name]
    else:
        assert history["val_mean_absolute_error"][best] <= REACHED[journey.name]
