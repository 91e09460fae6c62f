"""A wire on the canvas: one item that Qt paints by itself, so that a frame runs no Python for it."""

from __future__ import annotations

from PySide6.QtCore import QPointF
from PySide6.QtWidgets import QGraphicsPathItem

from netstudio.graph import Wire
from netstudio.gui.canvas.geometry import wire_distance, wire_path
from netstudio.gui.canvas.look import pen
from netstudio.gui.theme import Theme, mixed

REST, HOT = -1.0, -0.5  # z: a hot wire lies over the others, all lie below the cards


class WireItem(QGraphicsPathItem):
    """One wire. It is `broken` where the input it feeds has an error, hot while it is hovered or chosen."""

    def __init__(self, wire: Wire, theme: Theme) -> None:
        super().__init__()
        self.wire = wire
        self.label = ""  # the shape it carries, as LabelLayer writes it
        self.broken = False
        self.hovered = False
        self.chosen = False
        self.start, self.end = QPointF(), QPointF()
        self.setZValue(REST)
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self._recolour()

    def set_facts(self, label: str, broken: bool) -> None:
        """What is known of the wire: the shape it carries, in words, and whether it is wrong where it ends."""
        self.label = label
        if broken != self.broken:
            self.broken = broken
            self._recolour()

    def set_hot(self, hovered: bool | None = None, chosen: bool | None = None) -> None:
        """None leaves that side of it as it is."""
        state = (self.hovered if hovered is None else hovered, self.chosen if chosen is None else chosen)
        if state != (self.hovered, self.chosen):
            self.hovered, self.chosen = state
            self.setZValue(HOT if self.hovered or self.chosen else REST)
            self._recolour()

    def run(self, start: QPointF, end: QPointF) -> None:
        """Lay the wire from `start` to `end`."""
        by = start - self.start
        if by == end - self.end and not self.path().isEmpty():
            self.setPath(self.path().translated(by))  # both ends moved alike, as in dragging many nodes
        else:
            self.setPath(wire_path(start, end))
        self.start, self.end = start, end

    def distance(self, at: QPointF) -> float:
        """How far a point of the scene is from the curve."""
        return wire_distance(self.start, self.end, at)

    def _recolour(self) -> None:
        theme = self._theme
        calm = theme.error if self.broken else mixed(theme.muted, theme.canvas, 0.25)
        self.setPen(pen(theme.accent if self.hovered or self.chosen else calm))
