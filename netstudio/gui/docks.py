"""Where the panels stand around the canvas."""

from __future__ import annotations

from itertools import pairwise

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDockWidget, QMainWindow, QWidget

Area = Qt.DockWidgetArea


def dock(window: QMainWindow, panel: QWidget, title: str, area: Area) -> QDockWidget:
    """Put `panel` into a dock of its own, named after the panel so that its place can be restored."""
    made = QDockWidget(title, window)
    made.setObjectName(panel.objectName().replace("panel.", "dock."))
    made.setWidget(panel)
    panel.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
    if area == Area.BottomDockWidgetArea:
        made.setTitleBarWidget(QWidget())  # the tab says it
    made.setFeatures(QDockWidget.DockWidgetFeature.DockWidgetMovable | QDockWidget.DockWidgetFeature.DockWidgetClosable)
    window.addDockWidget(area, made)
    return made


def arrange(window: QMainWindow, left: QDockWidget, right: QDockWidget, bottom: list[QDockWidget]) -> None:
    """The first layout: left and right reach down to the tabs at the bottom."""
    window.setTabPosition(Area.BottomDockWidgetArea, window.tabPosition(Area.TopDockWidgetArea))
    for one, other in pairwise(bottom):
        window.tabifyDockWidget(one, other)
    bottom[0].raise_()
    window.resizeDocks([left, right], [208, 300], Qt.Orientation.Horizontal)
    window.resizeDocks([bottom[0]], [200], Qt.Orientation.Vertical)
