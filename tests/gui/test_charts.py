"""The charts: from figures to points, smoothing, reading and exporting."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from netstudio.gui.charts import ranges
from netstudio.gui.charts.curves import Curve, curves_of, nearest, smoothed
from netstudio.gui.charts.panel import ChartsPanel
from netstudio.gui.runs import Run
from netstudio.gui.session import Session
from netstudio.training.progress import Progress
from tests.gui.toys import regression


def trained(epochs: int = 3, steps: int = 5, number: int = 1) -> Run:
    run = Run(number, regression())
    for epoch in range(1, epochs + 1):
        losses = tuple(1.0 / (epoch * 10 + s) for s in range(steps))
        logs = {"loss": losses[-1], "val_loss": 2 * losses[-1], "accuracy": 0.5}
        run.add(Progress("steps", epoch, epochs, steps, steps, {"loss": losses[-1]}, losses))
        run.add(Progress("epoch", epoch, epochs, steps, steps, logs))
    return run


def test_by_step_the_loss_has_a_point_a_step_and_validation_one_an_epoch() -> None:
    raw, validation = curves_of(trained(), "loss", by_step=True, smoothing=0)
    assert len(raw.x) == 15
    assert list(validation.x) == [5, 10, 15]
    assert validation.dashed
    assert not raw.dashed


def test_by_epoch_every_curve_has_a_point_an_epoch() -> None:
    curves = curves_of(trained(), "loss", by_step=False, smoothing=0)
    assert [list(c.x) for c in curves] == [[1, 2, 3], [1, 2, 3]]


def test_smoothing_keeps_the_raw_curve() -> None:
    raw, smooth, _validation = curves_of(trained(), "loss", by_step=True, smoothing=0.8)
    assert raw.faint
    assert not smooth.faint
    assert list(raw.y) == list(trained().step_losses)


def test_the_moving_average_is_corrected_for_its_start() -> None:
    assert smoothed(np.full(50, 3.0), 0.9) == pytest.approx(np.full(50, 3.0))
    assert smoothed(np.array([1.0, 0.0]), 0.5) == pytest.approx([1.0, 1 / 3])


def test_a_long_run_is_smoothed_through_few_points() -> None:
    run = trained(epochs=1, steps=30_001)
    _raw, smooth, _validation = curves_of(run, "loss", by_step=True, smoothing=0.5)
    assert len(smooth.x) <= 2000
    assert smooth.x[0] >= 1
    assert smooth.x[-1] <= 30_001


def test_reading_takes_the_nearest_point() -> None:
    curve = Curve("loss", np.array([1.0, 2.0, 4.0]), np.array([9.0, 8.0, 7.0]))
    assert nearest(curve, 2.9) == (2.0, 8.0)
    assert nearest(Curve("loss", np.array([]), np.array([])), 1) is None


@pytest.fixture
def charts(session: Session, qtbot: QtBot) -> ChartsPanel:
    session.runs += [trained(number=1), trained(number=2)]
    panel = ChartsPanel(session)
    qtbot.addWidget(panel)
    panel.resize(900, 260)
    panel.show()
    return panel


def test_the_runs_that_are_ticked_are_drawn_over_each_other(charts: ChartsPanel) -> None:
    assert list(charts.loss.points()) == ["1 · toy loss", "1 · toy val_loss", "2 · toy loss", "2 · toy val_loss"]
    charts.session.runs[0].shown = False
    charts.session.runs_changed.emit()
    assert list(charts.loss.points()) == ["loss", "val_loss"]


def test_the_legend_of_several_runs_has_a_line_for_each_of_the_newest(charts: ChartsPanel) -> None:
    def named() -> list[str]:
        return [label.text for _sample, label in charts.loss.legend.items]

    assert named() == ["1 · toy", "2 · toy"]
    long = replace(regression(), name="How far the illness goes on in a year")
    charts.session.runs += [trained(number=3), replace(trained(number=4), graph=long)]
    charts.session.runs_changed.emit()
    assert named() == ["2 · toy", "3 · toy", "4 · How far the illness g…"]
    for run in charts.session.runs[:3]:
        run.shown = False
    charts.session.runs_changed.emit()
    assert named() == ["loss", "val_loss"]


@pytest.mark.parametrize("kind", ["png", "svg", "csv"])
def test_charts_that_can_not_be_written_are_told(
    charts: ChartsPanel, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    place = tmp_path / "gone" / "charts"
    chosen = (str(place), f"Charts (*.{kind})")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_arguments: chosen)
    with qtbot.waitSignal(charts.session.message) as told:
        qtbot.mouseClick(charts.export_button, Qt.MouseButton.LeftButton)
    wrong = f"The charts can't be written to {place}.{kind}: No such file or directory; choose another place."
    assert told.args == ["error", wrong]
    place.parent.mkdir()
    with qtbot.waitSignal(charts.session.message) as told:
        qtbot.mouseClick(charts.export_button, Qt.MouseButton.LeftButton)
    assert told.args == ["info", f"The charts are in {place}.{kind}."]
    assert (place.parent / f"charts.{kind}").stat().st_size > 200


def test_the_readout_names_every_curve(charts: ChartsPanel) -> None:
    charts.axis.setCurrentIndex(1)
    text = charts.loss.read_at(2.2)
    assert text.startswith("epoch 2\n")
    assert "2 · toy val_loss  0.08333" in text


def test_a_log_scale_leaves_out_what_has_no_logarithm(charts: ChartsPanel) -> None:
    charts.session.runs[0].step_losses[0] = 0.0
    charts.log.setChecked(True)
    assert charts.loss.getPlotItem().getAxis("left").logMode


@pytest.mark.parametrize("suffix", ["png", "svg", "csv"])
def test_export(charts: ChartsPanel, tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"charts.{suffix}"
    charts.export(path)
    assert path.stat().st_size > 200
    if suffix == "csv":
        rows = list(csv.reader(path.read_text(encoding="utf-8").splitlines()))
        assert rows[1] == ["1", "loss", "1", str(1 / 14)]


def line(*y: float) -> Curve:
    return Curve("loss", np.arange(1.0, len(y) + 1), np.array(y))


def test_the_axis_of_steps_grows_by_a_quarter_when_a_curve_reaches_its_end() -> None:
    first = ranges.across([line(*[1.0] * 100)], None)
    assert first == (0, 100)
    assert ranges.across([line(*[1.0] * 101)], first) == (0, 1.25 * 101)
    assert ranges.across([line(*[1.0] * 126)], (0, 126.25)) == (0, 126.25)


def test_an_axis_of_a_longer_run_is_fitted_anew() -> None:
    assert ranges.across([line(*[1.0] * 10)], (0, 1000)) == (0, 12.5)


def test_the_axis_of_values_stays_while_it_fits() -> None:
    low, high = ranges.up([line(1.0, 0.0)], False, None)
    assert low < 0 < 1 < high
    assert ranges.up([line(0.9, 0.2)], False, (low, high)) == (low, high)
    assert ranges.up([line(0.9, 0.6)], False, (low, high)) != (low, high), "it spans far more than is needed"
    assert ranges.up([line(2.0, 0.0)], False, (low, high))[1] > 2


@settings(max_examples=500)
@given(st.lists(st.floats(allow_nan=True, allow_infinity=True), max_size=20), st.booleans())
def test_an_axis_holds_all_that_can_be_drawn(y: list[float], log: bool) -> None:
    low, high = ranges.up([line(*y)], log, None)
    drawn = [np.log10(v) if log else v for v in y if (v > 0 or not log)]
    assert all(low < v < high for v in drawn if abs(v) < ranges.HUGE)
    assert -np.inf < low < high < np.inf


def test_a_zoom_stays_until_a_double_click(charts: ChartsPanel) -> None:
    plot = charts.loss
    box = plot.getViewBox()
    middle = plot.viewport().rect().center()
    QTest.mousePress(plot.viewport(), Qt.MouseButton.LeftButton, pos=middle)
    QTest.mouseMove(plot.viewport(), middle + QPoint(60, 40))
    QTest.mouseRelease(plot.viewport(), Qt.MouseButton.LeftButton, pos=middle + QPoint(60, 40))
    zoomed = box.viewRange()
    charts.session.runs[0].add(Progress("steps", 4, 4, 5, 5, {"loss": 9.0}, (9.0,) * 50))
    charts.redraw()
    assert box.viewRange() == zoomed
    QTest.mouseDClick(plot.viewport(), Qt.MouseButton.LeftButton, pos=middle)
    assert box.viewRange()[1][1] > 9
