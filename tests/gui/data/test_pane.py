"""The plots beside the table."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from pytestqt.qtbot import QtBot

from netstudio.data.loading import load
from netstudio.graph import edits
from netstudio.gui.data.columns import Column, columns_of
from netstudio.gui.data.pane import CORRELATION, EXAMPLES, MISSING, SPREAD, PlotsPane
from netstudio.gui.panels.data import DataPanel
from netstudio.gui.session import Session

ROWS = np.arange(150)
PARTS = {"training": ROWS[:100], "validation": ROWS[100:]}


def shown(qtbot: QtBot, columns: tuple[Column, ...], kind: str = SPREAD) -> PlotsPane:
    pane = PlotsPane()
    qtbot.addWidget(pane)
    pane.resize(420, 300)
    pane.show()
    pane.show_data(columns, PARTS, "label")
    choose(qtbot, pane, kind)
    return pane


def choose(qtbot: QtBot, pane: PlotsPane, kind: str) -> None:
    pane.kind.setCurrentIndex(pane.kind.findData(kind))
    pane.kind.activated.emit(pane.kind.currentIndex())
    qtbot.waitUntil(lambda: not pane.computer.busy)


def test_classes_are_counted_for_each_part(qtbot: QtBot) -> None:
    pane = shown(qtbot, columns_of(load("sklearn:iris")))
    assert pane.column.currentText() == "label"
    bars = pane.plot.bars()
    np.testing.assert_allclose(bars["training"], [50, 50, 0])  # per cent: the flowers stand in order
    np.testing.assert_allclose(bars["validation"], [0, 0, 100])


def test_a_column_of_numbers_has_a_histogram(qtbot: QtBot) -> None:
    pane = shown(qtbot, columns_of(load("sklearn:iris")))
    pane.show_column(1)
    qtbot.waitUntil(lambda: not pane.computer.busy)
    assert [round(sum(b)) for b in pane.plot.bars().values()] == [100, 100]


def test_a_low_plot_names_its_parts_above_the_bars(qtbot: QtBot) -> None:
    pane = shown(qtbot, columns_of(load("sklearn:iris")))
    pane.resize(380, 150)
    plot = pane.plot
    qtbot.waitUntil(lambda: plot.is_low and plot.legend.isVisible())
    assert "training" in plot.legend.text()
    assert plot.legend.geometry().bottom() < plot.plot.geometry().top()
    assert plot.plot.height() > 0.5 * pane.height()
    assert plot.axes["bottom"].tickStrings([0.0, 10.0], 1.0, 10.0) == ["0 %", "10 %"]
    pane.resize(380, 300)
    qtbot.waitUntil(lambda: not plot.is_low)
    assert plot.axes["bottom"].labelText == "% of rows"
    assert plot.axes["bottom"].tickStrings([0.0, 10.0], 1.0, 10.0) == ["0", "10"]


@pytest.mark.parametrize("kind", [CORRELATION, MISSING])
@pytest.mark.parametrize("source", ["sklearn:iris", "sklearn:breast_cancer"])
def test_names_leave_a_low_matrix_its_room(qtbot: QtBot, source: str, kind: str) -> None:
    pane = shown(qtbot, columns_of(load(source)), kind)
    pane.resize(380, 150)
    heat = pane.heat
    qtbot.waitUntil(lambda: heat.height() < 130)
    cells = [y for y in range(heat.height()) if heat.cell_at(QPointF(heat.width() / 2, y))]
    assert len(cells) > 0.5 * heat.height()


def test_a_correlation_is_read_under_the_mouse(qtbot: QtBot) -> None:
    pane = shown(qtbot, columns_of(load("sklearn:iris")), CORRELATION)
    where = [(x, y) for x in range(0, pane.heat.width(), 5) for y in range(0, pane.heat.height(), 5)]
    at = next(p for p in where if pane.heat.cell_at(QPointF(*p)) == (3, 2))
    assert pane.heat.told(*(pane.heat.cell_at(QPointF(*at)) or (0, 0))) == (
        "petal width (cm) · petal length (cm): 0.963"
    )
    assert pane.heat.cell_at(QPointF(0, 0)) is None


def test_missing_cells_are_told(qtbot: QtBot) -> None:
    holed = np.where(ROWS % 4 == 0, np.nan, 1.0).astype(np.float32)
    pane = shown(qtbot, (Column("a", holed), Column("b", holed * 0 + 1), Column("c", ROWS.astype(np.float32))), MISSING)
    assert pane.note.text().startswith("a 25.3 %, b 25.3 %")


def test_images_stand_side_by_side_with_their_classes(qtbot: QtBot) -> None:
    digits = load("sklearn:digits")
    pane = shown(qtbot, columns_of(digits), EXAMPLES)
    assert [pane.gallery.item(i).text() for i in range(10)] == list("0123456789")
    picture = pane.gallery.item(0).icon().pixmap(72, 72).toImage()
    assert picture.pixelColor(picture.width() // 2, picture.height() // 2) != Qt.GlobalColor.transparent


def test_the_panel_plots_the_parts_of_the_document(session: Session, qtbot: QtBot) -> None:
    session.apply(edits.SetData({"source": "sklearn:iris", "validation_split": 0.2, "test_split": 0.1}))
    panel = DataPanel(session)
    qtbot.addWidget(panel)
    panel.set_seen(True)
    qtbot.waitUntil(lambda: not panel.reader.busy and not panel.plots.computer.busy)
    assert list(panel.plots.plot.bars()) == ["training", "validation", "test"]
    panel.wait(5)
