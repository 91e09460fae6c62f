"""A wire on the canvas: one item that Qt paints by itself, so that a frame runs no Python for it."""

from __future__ import annotations

from functools import cache

from PySide6.QtCore import QPointF
from PySide6.QtGui import QPen
from PySide6.QtWidgets import QGraphicsPathItem

from netstudio.graph import Wire
from netstudio.gui.canvas.geometry import wire_distance, wire_path
from netstudio.gui.canvas.look import pen
from netstudio.gui.theme import Theme, ThemeName, mixed

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
        self._span = QPointF()  # from start to end
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
        span = end - start
        if span != self._span or self.path().isEmpty():
            self._span = span
            self.setPath(wire_path(QPointF(), span))
        self.setPos(start)

    def shift(self, by: QPointF) -> None:
        """Move the wire as it is: both ends moved alike."""
        self.moveBy(by.x(), by.y())

    @property
    def start(self) -> QPointF:
        """Where it begins in the scene."""
        return self.pos()

    @property
    def end(self) -> QPointF:
        return self.pos() + self._span

    def distance(self, at: QPointF) -> float:
        """How far a point of the scene is from the curve."""
        return wire_distance(self.start, self.end, at)

    def _recolour(self) -> None:
        tone = "accent" if self.hovered or self.chosen else "error" if self.broken else ""
        self.setPen(_pen(self._theme.name, tone))


@cache
def _pen(theme: ThemeName, tone: str) -> QPen:
    """The pen of a wire; "" is the tone of one that is calm."""
    colours = Theme.named(theme)
    return pen(getattr(colours, tone) if tone else mixed(colours.muted, colours.canvas, 0.25))
