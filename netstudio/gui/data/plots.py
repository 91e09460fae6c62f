"""How the values of one column are spread, part by part."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QResizeEvent
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from netstudio.gui.charts.axes import paint_axes
from netstudio.gui.data.statistics import EVERYTHING, Counts, Histogram
from netstudio.gui.figures import number
from netstudio.gui.theme import Theme

LINE = 17  # pixels that a class's name needs
LOW = 170  # pixels; a lower plot says its unit at the ticks and has no names of axes
AROUND = {True: 46, False: 64}  # pixels above and below the bars of a low plot, and of another
MOST_LETTERS = 18  # of a class's name at its bar


class Distribution(QWidget):
    """Bars in per cent of each part's rows, so that parts of different sizes compare; a line above names the parts."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self._shown: tuple[str, Histogram | Counts] | None = None
        self.legend = QLabel()
        self.legend.setTextFormat(Qt.TextFormat.RichText)
        self.legend.setContentsMargins(8, 2, 8, 0)
        self.legend.hide()
        self.axes = {name: _Axis(name) for name in ("left", "bottom")}
        self.plot = pg.PlotWidget(axisItems=self.axes)
        item = self.plot.getPlotItem()
        item.setMenuEnabled(False)
        item.hideButtons()
        item.setMouseEnabled(x=False, y=False)
        item.setContentsMargins(6, 4, 10, 0)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.legend)
        column.addWidget(self.plot, 1)
        self.apply_theme(theme)

    @property
    def is_low(self) -> bool:
        """Whether there is no room to name the axes."""
        return self.height() < LOW

    def apply_theme(self, theme: Theme) -> None:
        self.theme = theme
        self.plot.setBackground(theme.panel)
        paint_axes(self.plot, theme)
        self._redraw()

    def show_spread(self, name: str, spread: Histogram | Counts) -> None:
        """Draw the column of that name."""
        self._shown = name, spread
        self._redraw()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """As many classes as there is room for, and names of axes where there is room for them."""
        super().resizeEvent(event)
        self._redraw()

    def bars(self) -> dict[str, list[float]]:
        """How long the bars of each part are, by the part's name."""
        items = [i for i in self.plot.getPlotItem().items if isinstance(i, pg.BarGraphItem)]
        long = {
            i.opts["name"] or EVERYTHING: i.opts["height"] if i.opts["width"] is None else i.opts["width"]
            for i in items
        }
        return {part: list(lengths) for part, lengths in long.items()}

    def _redraw(self) -> None:
        if self._shown is None:
            return
        name, spread = self._shown
        self.plot.clear()
        if isinstance(spread, Histogram):
            self._show_histogram(name, spread)
        else:
            self._show_classes(spread)

    def _show_histogram(self, name: str, spread: Histogram) -> None:
        edges = spread.edges
        self._name_axes("left", name)
        self._name_parts(tuple(spread.counts))
        self.plot.getPlotItem().invertY(False)
        tops = [100 * n / max(1, n.sum()) for n in spread.counts.values()]
        for place, (part, top) in enumerate(zip(spread.counts, tops)):
            self._add_bars(place, part, x0=edges[:-1], x1=edges[1:], y0=0.0, height=top)
        highest = 1.05 * max(float(t.max()) for t in tops)
        self.plot.setRange(xRange=(edges[0], edges[-1]), yRange=(0, highest), padding=0.02)

    def _show_classes(self, spread: Counts) -> None:
        total = np.sum(list(spread.counts.values()), axis=0)
        room = max(3, (self.height() - AROUND[self.is_low]) // LINE)
        chosen = np.sort(np.argsort(-total, kind="stable")[:room])
        count, parts = len(chosen), len(spread.counts)
        self._name_axes("bottom", "")
        self._name_parts(tuple(spread.counts), len(spread.classes) - count)
        names = [f"{_short(spread.classes[c])} ({number(int(total[c]))})" for c in chosen]
        self.axes["left"].setTicks([list(enumerate(names))])
        self.plot.getPlotItem().invertY(True)
        high, widest = 0.8 / parts, 0.0
        for place, (part, counts) in enumerate(spread.counts.items()):
            wide = 100 * counts[chosen] / max(1, counts.sum())
            middle = np.arange(count) + (place - (parts - 1) / 2) * high
            self._add_bars(place, part, x0=0.0, width=wide, y0=middle - high / 2, y1=middle + high / 2)
            widest = max(widest, float(wide.max(initial=0.0)))
        self.plot.setRange(xRange=(0, 1.05 * max(widest, 1e-9)), yRange=(-0.6, count - 0.4), padding=0.02)

    def _name_axes(self, shares: str, name: str) -> None:
        """`shares` is the axis along which the per cent stand, `name` what the other one shows."""
        for side, axis in self.axes.items():
            text = self.tr("% of rows") if side == shares else name
            axis.setTicks(None)
            axis.setLabel("" if self.is_low else text)
            axis.unit = " %" if self.is_low and side == shares else ""

    def _name_parts(self, parts: Sequence[str], rest: int = 0) -> None:
        """Where there is more than one part, in the colours of their bars; and how many classes found no room."""
        several = parts if len(parts) > 1 else ()
        told = [f'<span style="color:{self._colour(i).name()}">■</span> {part}' for i, part in enumerate(several)]
        if rest:
            told.append(self.tr("{} more classes").format(number(rest)))
        self.legend.setText("&nbsp;&nbsp; ".join(told))
        self.legend.setVisible(bool(told))

    def _colour(self, place: int) -> QColor:
        return QColor(self.theme.curves[place % len(self.theme.curves)])

    def _add_bars(self, place: int, part: str, **where: Any) -> None:
        colour = self._colour(place)
        edge = QColor(colour)
        colour.setAlphaF(0.85 if place == 0 else 0.6)
        self.plot.addItem(pg.BarGraphItem(brush=colour, pen=edge, name=part or None, **where))


class _Axis(pg.AxisItem):  # type: ignore[misc]  # pyqtgraph has no types
    """Ticks with a unit after them."""

    def __init__(self, side: str) -> None:
        super().__init__(side)
        self.enableAutoSIPrefix(False)  # "(x0.001)" beside a share is no help
        self.unit = ""

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        return [text + self.unit for text in super().tickStrings(values, scale, spacing)]


def _short(text: str) -> str:
    return text if len(text) <= MOST_LETTERS else text[: MOST_LETTERS - 1] + "…"
