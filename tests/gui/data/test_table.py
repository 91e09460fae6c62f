"""The table of samples: mouse, keys and a million rows."""

from __future__ import annotations

import time

import numpy as np
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from netstudio.data.loading import load
from netstudio.gui.data.columns import Column, columns_of
from netstudio.gui.data.table import SampleTable

STALL = 0.25  # seconds for which the event loop may be late on a busy machine


def shown(qtbot: QtBot, columns: tuple[Column, ...]) -> SampleTable:
    table = SampleTable()
    qtbot.addWidget(table)
    table.resize(700, 300)
    table.show_columns(columns)
    table.show()
    return table


def click_head(qtbot: QtBot, table: SampleTable, place: int) -> None:
    head = table.view.horizontalHeader()
    at = QPoint(head.sectionViewportPosition(place) + 20, head.height() // 2)
    qtbot.mouseClick(head.viewport(), Qt.MouseButton.LeftButton, pos=at)
    qtbot.waitUntil(lambda: not table.busy)


def texts(table: SampleTable, place: int, count: int = 3) -> list[str]:
    return [table.model.index(y, place).data() for y in range(count)]


def test_clicks_on_a_head_sort_up_down_and_not_at_all(qtbot: QtBot) -> None:
    table = shown(qtbot, columns_of(load("sklearn:iris")))
    as_read = texts(table, 2)
    click_head(qtbot, table, 2)
    assert texts(table, 2) == ["1", "1.1", "1.2"]
    assert table.model.headerData(0, Qt.Orientation.Vertical) == "22"  # the sample that has it
    click_head(qtbot, table, 2)
    assert texts(table, 2) == ["6.9", "6.7", "6.7"]
    click_head(qtbot, table, 2)
    assert texts(table, 2) == as_read


def test_a_filter_is_typed_and_a_wrong_one_is_told(qtbot: QtBot) -> None:
    table = shown(qtbot, columns_of(load("sklearn:iris")))
    qtbot.keyClicks(table.filter, "virgin, petal width (cm) > 2.4")
    qtbot.waitUntil(lambda: not table.busy)
    assert table.count.text() == "3 of 150 rows"
    assert texts(table, 4) == ["virginica"] * 3
    table.filter.clear()
    qtbot.keyClicks(table.filter, "petal with (cm) > 2")
    qtbot.waitUntil(lambda: not table.busy)
    assert "petal width (cm)" in table.count.text()
    table.filter.clear()
    qtbot.waitUntil(lambda: not table.busy and table.count.text() == "150 rows")


def test_a_cells_menu_shows_the_rows_like_it(qtbot: QtBot) -> None:
    table = shown(qtbot, columns_of(load("sklearn:iris")))
    table.menu_at(table.model.index(1, 4)).actions()[0].trigger()
    qtbot.waitUntil(lambda: not table.busy)
    assert table.filter.text() == "label = setosa"
    assert table.model.rowCount() == 50


def test_images_are_thumbnails_and_sequences_lines(qtbot: QtBot) -> None:
    table = shown(qtbot, columns_of(load("sklearn:digits")))
    for place in (0, 1):
        picture = table.model.index(0, place).data(Qt.ItemDataRole.DecorationRole)
        assert isinstance(picture, QPixmap)
        image = picture.toImage()
        colours = {image.pixel(x, y) for x in range(0, image.width(), 2) for y in range(0, image.height(), 2)}
        assert len(colours) > 3  # something is drawn
    assert texts(table, 2) == ["0", "1", "2"]


def test_a_million_rows_sort_and_filter_without_a_stall(qtbot: QtBot) -> None:
    draw = np.random.default_rng(0)
    number = Column("n", draw.standard_normal(1_000_000).astype(np.float32))
    kind = Column("kind", draw.integers(0, 3, 1_000_000), ("a", "b", "c"))
    table = shown(qtbot, (number, kind))
    QApplication.processEvents()
    late = 0.0

    def settled() -> None:
        nonlocal late
        while table.busy:
            before = time.perf_counter()
            QApplication.processEvents()
            late = max(late, time.perf_counter() - before)
            time.sleep(0.002)

    began = time.perf_counter()
    table._on_head(0)
    late = max(late, time.perf_counter() - began)
    settled()
    assert texts(table, 0, 1) == [f"{number.values.min():.6g}"]
    table.filter.setText("kind = b, n > 1")
    settled()
    assert table.model.rowCount() == int(((kind.values == 1) & (number.values > 1)).sum())
    table.view.scrollToBottom()
    QApplication.processEvents()
    assert texts(table, 1) == ["b"] * 3
    assert late < STALL
