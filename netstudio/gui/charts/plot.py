"""One plot: the curves of one figure over several runs, with a readout under the mouse."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QWidget

from netstudio.gui.charts import ranges
from netstudio.gui.charts.axes import paint_axes
from netstudio.gui.charts.curves import Curve, nearest
from netstudio.gui.figures import figure, shortened
from netstudio.gui.theme import Theme

Series = tuple[str, int, Curve]  # the run's title, the number of its hue, a curve
Key = tuple[object, ...]
LEGEND_AT = (-8, 8)  # pixels from the chart's upper right corner
MOST_NAMED = 3  # runs in the legend: a low chart has room for no more
LONGEST_NAME = 26  # characters of a run's name there; the readout has all of them


class Plot(pg.PlotWidget):  # type: ignore[misc]  # pyqtgraph has no types
    """`show_series` draws; dragging zooms, the context menu resets."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self._series: Sequence[Series] = ()
        self._items: dict[Key, Any] = {}
        self._log = False
        self._unit = "step"
        self._spans: tuple[ranges.Span, ranges.Span] | None = None
        self._zoomed = False
        item = self.getPlotItem()
        item.setMenuEnabled(False)
        item.setClipToView(True)
        item.setDownsampling(auto=True, mode="peak")
        item.showGrid(x=False, y=False)  # a grid takes more time to paint than the curves
        self.legend = item.addLegend(offset=LEGEND_AT, labelTextSize="9pt", verSpacing=-4)
        item.hideButtons()
        item.setContentsMargins(6, 8, 4, 0)  # a number at the end of an axis reaches beyond it
        box = self.getViewBox()
        box.setMouseMode(pg.ViewBox.RectMode)
        box.disableAutoRange()
        box.sigRangeChangedManually.connect(self._on_zoomed)
        self.cross = pg.InfiniteLine(angle=90, movable=False)
        self.cross.hide()
        self.readout = pg.TextItem(anchor=(0, 0))
        self.readout.hide()
        for fixed in (self.cross, self.readout):
            self.addItem(fixed, ignoreBounds=True)
        self.scene().sigMouseMoved.connect(self._on_mouse)
        self.apply_theme(theme)

    def apply_theme(self, theme: Theme) -> None:
        self.theme = theme
        self.setBackground(theme.panel)
        paint_axes(self, theme)
        self.legend.setLabelTextColor(theme.text)
        veil = QColor(theme.panel)
        veil.setAlphaF(0.8)  # curves may pass below it
        self.legend.setBrush(pg.mkBrush(veil))
        self.cross.setPen(theme.muted)
        self.readout.setColor(theme.text)
        self.readout.fill = pg.mkBrush(theme.panel)
        self.readout.border = pg.mkPen(theme.border)
        self.getPlotItem().setLabel("bottom", self._unit)
        series, self._series = self._series, ()
        self._make_items([], (), self._log)
        self.show_series(series, self._log, self._unit)

    def show_series(self, series: Sequence[Series], log: bool, unit: str) -> None:
        """Draw these; on a log scale, values of 0 or less are left out. `unit` names the axis: "step" or "epoch"."""
        keys = [_key(*one) for one in series]
        if log != self._log or unit != self._unit:
            self._spans, self._zoomed = None, False
        if keys != list(self._items) or log != self._log:
            self._make_items(keys, series, log)
        if unit != self._unit:
            self.getPlotItem().setLabel("bottom", unit)
        self._series, self._log, self._unit = series, log, unit
        for item, (_title, _index, curve) in zip(self._items.values(), series):
            item.setData(curve.x, np.where(curve.y > 0, curve.y, np.nan) if log else curve.y)
        self._fit()

    def points(self) -> dict[str, int]:
        """How many points each curve has, by its name in the legend; raw curves under smoothed ones left out."""
        items = self._items.values()
        return {item.name(): len(item.getOriginalDataset()[0]) for item in items if item.name()}

    def _fit(self) -> None:
        """Follow the curves, unless someone looks closer at a part of them."""
        if self._zoomed:
            return
        curves = [curve for _title, _index, curve in self._series]
        old = self._spans or (None, None)
        spans = ranges.across(curves, old[0]), ranges.up(curves, self._log, old[1])
        if spans != self._spans:
            self._spans = spans
            self.getViewBox().setRange(xRange=spans[0], yRange=spans[1], padding=0, disableAutoRange=True)

    def _on_zoomed(self, _axes: object) -> None:
        self._zoomed = True

    def _make_items(self, keys: Sequence[Key], series: Sequence[Series], log: bool) -> None:
        """Make the curves anew: their data alone are set while a run goes on, which takes a tenth of the time."""
        for item in self._items.values():
            self.removeItem(item)
        self.getPlotItem().setLogMode(x=False, y=log)
        self._items = {key: self._make_item(*one) for key, one in zip(keys, series)}
        self._shorten_legend(series)

    def _shorten_legend(self, series: Sequence[Series]) -> None:
        """Of several runs name the newest, a line each: validation is what is dashed in the same colour."""
        newest = list(dict.fromkeys(title for title, _index, _curve in series))[-MOST_NAMED:]
        for item, (title, _index, curve) in zip(self._items.values(), series):
            if not title or curve.faint:
                continue
            if curve.dashed or title not in newest:
                self.legend.removeItem(item)
            else:
                self.legend.getLabel(item).setText(shortened(title, LONGEST_NAME))
        self.legend.updateSize()
        self.legend.anchor((1, 0), (1, 0), LEGEND_AT)

    def _make_item(self, title: str, index: int, curve: Curve) -> Any:
        colour = QColor(self.theme.curves[index % len(self.theme.curves)])
        colour.setAlphaF(0.35 if curve.faint else 1.0)
        style = Qt.PenStyle.DashLine if curve.dashed else Qt.PenStyle.SolidLine
        pen = pg.mkPen(colour, width=1 if curve.faint else 2, style=style)
        dots = (
            {}
            if curve.faint or len(curve.x) > 2
            else {"symbol": "o", "symbolSize": 5, "symbolBrush": colour, "symbolPen": None}
        )
        name = None if curve.faint else f"{title} {curve.name}".strip()
        return self.plot(pen=pen, name=name, connect="finite", **dots)

    def _on_mouse(self, at: QPointF) -> None:
        box = self.getViewBox()
        inside = bool(self._series) and box.sceneBoundingRect().contains(at)
        self.cross.setVisible(inside)
        self.readout.setVisible(inside)
        if not inside:
            return
        place = box.mapSceneToView(at)
        self.cross.setPos(place.x())
        self.readout.setText(self.read_at(place.x()))
        right = at.x() > box.sceneBoundingRect().center().x()
        self.readout.setAnchor((1 if right else 0, 0))
        self.readout.setPos(place.x(), box.viewRect().bottom())

    def read_at(self, x: float) -> str:
        """The figures of every curve at `x`, one a line."""
        lines = []
        for title, _index, curve in self._series:
            if not curve.faint and (point := nearest(curve, x)) is not None:
                lines.append(f"{title} {curve.name}  {figure(point[1])}".strip())
        return "\n".join([f"{self._unit} {round(x)}", *lines])

    def mouseDoubleClickEvent(self, event: Any) -> None:
        """Show everything again after a zoom."""
        self._spans, self._zoomed = None, False
        self._fit()
        event.accept()

    def leaveEvent(self, event: Any) -> None:
        self.cross.hide()
        self.readout.hide()
        super().leaveEvent(event)


def _key(title: str, index: int, curve: Curve) -> Key:
    """What a drawn curve looks like: while this stays, new data are all it takes."""
    return title, index, curve.name, curve.dashed, curve.faint, len(curve.x) > 2
