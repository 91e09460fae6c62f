"""From a file or folder that people have to a trained model and its figures: dropped, used, run and judged by mouse."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtWidgets import QTabBar
from pytestqt.qtbot import QtBot

from netstudio.data.prepare import prepare
from netstudio.gui.figures import figure
from netstudio.gui.window import MainWindow
from tests.gui.importing.test_import import LEFT, SLOW_MS, drop, opened, press, pytestmark, run, window
from tests.journeys.journeys import JOURNEYS, PEERS, Journey

__all__ = ["pytestmark", "window"]

# What the network that is suggested comes to at least, a share of the validation samples that is told right, or at
# most, an error in deviations of what is predicted: to tell the mean is off by 0.8.
REACHED = {
    "iris": 0.9, "wine": 0.9, "breast_cancer": 0.93, "digits": 0.95, "image_folder": 0.97, "idx": 0.97, "texts": 0.8,
    "tones": 0.9, "diabetes": 0.6, "parquet_with_holes": 0.6, "series": 0.4,
}  # fmt: skip
BEYOND_CHANCE = 3.0  # deviations by which one run may fall short of the peers' mean


@pytest.mark.parametrize("journey", JOURNEYS, ids=lambda j: j.name)
def test_what_is_suggested_is_used_learns_and_is_judged(
    journey: Journey, window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    drop(window, journey.make(tmp_path))
    press(qtbot, opened(window, qtbot), "use")
    session = window.session
    assert not session.problems
    run(window, qtbot)
    shown = judged_figures(window, qtbot)

    data = prepare(session.graph, session.folder)
    right = {part: session.model.evaluate(x, y) for part, x, y in (
        ("training", data.x, data.y), ("validation", data.x_val, data.y_val))}  # fmt: skip
    assert shown == {part: {name: figure(value) for name, value in told.items()} for part, told in right.items()}
    reached = float(shown["validation"][journey.figure])
    if journey.classes is not None:
        assert reached >= max(REACHED[journey.name], worst_share(PEERS[journey.name], len(data.held_rows)))
    else:
        assert reached <= min(REACHED[journey.name], worst_error(PEERS[journey.name]))


def judged_figures(window: MainWindow, qtbot: QtBot) -> dict[str, dict[str, str]]:
    """What the Evaluation panel says, by part and figure, once a click on its tab has opened it."""
    bar, at = next(
        (bar, i) for bar in window.findChildren(QTabBar) for i in range(bar.count()) if bar.tabText(i) == "Evaluation"
    )
    qtbot.mouseClick(bar, LEFT, pos=bar.tabRect(at).center())
    panel = window.evaluation
    qtbot.waitUntil(lambda: panel.figures.isVisible() and not panel.predictor.busy, timeout=SLOW_MS)
    table = panel.figures
    heads = [item.text() for x in range(table.columnCount()) if (item := table.horizontalHeaderItem(x))]
    rows = [
        [item.text() for x in range(table.columnCount()) if (item := table.item(y, x))] for y in range(table.rowCount())
    ]
    return {part: {row[0]: row[x] for row in rows} for x, part in enumerate(heads) if x}


def worst_share(peers: list[float], samples: int) -> float:
    """The share told right that chance leaves to one run of so many samples, where the peers' mean is the truth."""
    mean = float(np.mean(peers))
    return mean - BEYOND_CHANCE * float(np.sqrt(mean * (1 - mean) / samples + np.var(peers) / len(peers)))


def worst_error(peers: list[float]) -> float:
    """The mean error that chance leaves to one run, by how far the peers' runs lie apart."""
    return float(np.mean(peers) + BEYOND_CHANCE * np.std(peers))
