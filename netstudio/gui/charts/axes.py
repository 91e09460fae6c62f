"""The axes of a plot in a theme's colours."""

from __future__ import annotations

import pyqtgraph as pg

from netstudio.gui.theme import Theme


def paint_axes(plot: pg.PlotWidget, theme: Theme) -> None:
    """The left and the bottom axis, and what is written along them."""
    for name in ("left", "bottom"):
        axis = plot.getPlotItem().getAxis(name)
        axis.setPen(theme.border)
        axis.setTextPen(theme.muted)
        axis.labelStyle = {"color": theme.hex("muted")}
