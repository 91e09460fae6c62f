"""How the values of one column are spread, part by part."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtGui import QColor, QResizeEvent
from PySide6.QtWidgets import QWidget

from netstudio.gui.charts.axes import paint_axes
from netstudio.gui.data.statistics import EVERYTHING, Counts, Histogram
from netstudio.gui.figures import number
from netstudio.gui.theme import Theme

LINE = 17  # pixels that a class's name needs
LOW = 170  # pixels of a plot
AROUND = 60  # pixels above and below the bars
MOST_LETTERS = 18  # of a class's name at its bar


class Distribution(pg.PlotWidget):  # type: ignore[misc]  # pyqtgraph has no types
    """Bars in per cent of each part's rows, so that parts of different sizes compare."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        self._shown: tuple[str, Histogram | Counts] | None = None
        super().__init__(parent)
        self.theme = theme
        item = self.getPlotItem()
        item.setMenuEnabled(False)
        item.hideButtons()
        item.setMouseEnabled(x=False, y=False)
        item.setContentsMargins(6, 8, 10, 0)
        self.legend = item.addLegend(offset=(-8, 8), labelTextSize="9pt", verSpacing=-2)
        self.apply_theme(theme)

    def apply_theme(self, theme: Theme) -> None:
        self.theme = theme
        self.setBackground(theme.panel)
        paint_axes(self, theme)
        self.legend.setLabelTextColor(theme.text)
        if self._shown is not None:
            self.show_spread(*self._shown)

    def show_spread(self, name: str, spread: Histogram | Counts) -> None:
        """Draw the column of that name."""
        self._shown = name, spread
        self.clear()
        if isinstance(spread, Histogram):
            self._show_histogram(name, spread)
        else:
            self._show_classes(spread)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """As many classes as there is room for, and names of axes where there is room for them."""
        super().resizeEvent(event)
        if self._shown is not None:
            self.show_spread(*self._shown)

    def bars(self) -> dict[str, list[float]]:
        """How long the bars of each part are, by the part's name."""
        items = [i for i in self.getPlotItem().items if isinstance(i, pg.BarGraphItem)]
        long = {
            i.opts["name"] or EVERYTHING: i.opts["height"] if i.opts["width"] is None else i.opts["width"]
            for i in items
        }
        return {part: list(lengths) for part, lengths in long.items()}

    def _show_histogram(self, name: str, spread: Histogram) -> None:
        item, edges = self.getPlotItem(), spread.edges
        named = name if self.height() > LOW else ""  # a low plot needs its room for the bars
        for axis, label in (("left", self.tr("% of rows")), ("bottom", named)):
            item.getAxis(axis).setTicks(None)
            item.setLabel(axis, label)
        item.invertY(False)
        tops = [100 * n / max(1, n.sum()) for n in spread.counts.values()]
        for place, (part, top) in enumerate(zip(spread.counts, tops)):
            self._add_bars(place, part, x0=edges[:-1], x1=edges[1:], y0=0.0, height=top)
        self.setRange(xRange=(edges[0], edges[-1]), yRange=(0, 1.05 * max(float(t.max()) for t in tops)), padding=0.02)

    def _show_classes(self, spread: Counts) -> None:
        total = np.sum(list(spread.counts.values()), axis=0)
        room = max(3, (self.height() - AROUND) // LINE)
        chosen = np.sort(np.argsort(-total, kind="stable")[:room])
        item, count, parts = self.getPlotItem(), len(chosen), len(spread.counts)
        rest = len(spread.classes) - count
        item.setLabel("left", "")
        item.setLabel("bottom", self.tr("% of rows") + (self.tr(" · {} more classes").format(rest) if rest else ""))
        names = [f"{_short(spread.classes[c])} ({number(int(total[c]))})" for c in chosen]
        item.getAxis("left").setTicks([list(enumerate(names))])
        item.getAxis("bottom").setTicks(None)
        item.invertY(True)
        high, widest = 0.8 / parts, 0.0
        for place, (part, counts) in enumerate(spread.counts.items()):
            wide = 100 * counts[chosen] / max(1, counts.sum())
            middle = np.arange(count) + (place - (parts - 1) / 2) * high
            self._add_bars(place, part, x0=0.0, width=wide, y0=middle - high / 2, y1=middle + high / 2)
            widest = max(widest, float(wide.max(initial=0.0)))
        self.setRange(
            xRange=(0, (1.3 if parts > 1 else 1.05) * max(widest, 1e-9)), yRange=(-0.6, count - 0.4), padding=0.02
        )

    def _add_bars(self, place: int, part: str, **where: Any) -> None:
        colour = QColor(self.theme.curves[place % len(self.theme.curves)])
        edge = QColor(colour)
        colour.setAlphaF(0.85 if place == 0 else 0.6)
        self.addItem(pg.BarGraphItem(brush=colour, pen=edge, name=part or None, **where))


def _short(text: str) -> str:
    return text if len(text) <= MOST_LETTERS else text[: MOST_LETTERS - 1] + "…"
