"""A matrix as coloured cells, with the names of its rows and columns and each cell's value under the mouse."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QHelpEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QToolTip, QWidget

from netstudio.gui.canvas.look import readable_on
from netstudio.gui.theme import Theme, current_theme, mixed

Colour = Callable[[Theme, float], QColor]
MARGIN = 8
LONGEST = 120  # pixels of a name
SHORTEST = 60  # what must be left of one that is cut
NAMED = 0.45  # of the height, for the columns' names at most
WRITTEN = 34  # a cell this wide or wider has its value written
SLANT = -40  # degrees by which the columns' names are turned


class HeatMap(QWidget):
    """`show_values` draws (rows, columns) values; NaN stays empty."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._values: NDArray[np.float64] = np.zeros((0, 0))
        self._rows: tuple[str, ...] = ()
        self._columns: tuple[str, ...] = ()
        self._colour: Colour = signed
        self._unit = ""

    def show_values(
        self,
        values: NDArray[np.float64],
        rows: Sequence[str],
        columns: Sequence[str],
        colour: Colour,
        unit: str = "",
    ) -> None:
        """Draw these; rows without names stand as they are. `unit` follows the value under the mouse."""
        self._values, self._rows, self._columns = values, tuple(rows), tuple(columns)
        self._colour, self._unit = colour, unit
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(280, 220)

    def cell_at(self, at: QPointF) -> tuple[int, int] | None:
        """The row and column under a point."""
        area = self._area()
        if not self._values.size or not area.contains(at):
            return None
        rows, columns = self._values.shape
        y, x = (at.y() - area.top()) / area.height() * rows, (at.x() - area.left()) / area.width() * columns
        return min(int(y), rows - 1), min(int(x), columns - 1)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            cell = self.cell_at(QPointF(event.pos()))
            QToolTip.showText(event.globalPos(), self.told(*cell) if cell else "", self)
            return True
        return super().event(event)

    def told(self, y: int, x: int) -> str:
        """What a cell says."""
        names = [self._rows[y]] * bool(self._rows) + [self._columns[x]]
        return f"{' · '.join(names)}: {self._values[y, x]:.3g}{self._unit}"

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self._values.size:
            return
        painter, theme, area = QPainter(self), current_theme(), self._area()
        rows, columns = self._values.shape
        high, wide = area.height() / rows, area.width() / columns
        gap = 1.0 if min(high, wide) > 6 else 0.0
        for y, x in np.ndindex(rows, columns):
            cell = QRectF(area.left() + x * wide, area.top() + y * high, wide - gap, high - gap)
            self._paint_cell(painter, theme, cell, float(self._values[y, x]))
        painter.setPen(theme.muted)
        self._paint_names(painter, area, high, wide)
        painter.end()

    def _paint_cell(self, painter: QPainter, theme: Theme, cell: QRectF, value: float) -> None:
        if np.isnan(value):
            return
        colour = self._colour(theme, value)
        painter.fillRect(cell, colour)
        if cell.width() >= WRITTEN and cell.height() >= self.fontMetrics().height() and self._rows:
            painter.setPen(readable_on(colour))
            painter.drawText(cell, Qt.AlignmentFlag.AlignCenter, f"{value:.2f}")

    def _paint_names(self, painter: QPainter, area: QRectF, high: float, wide: float) -> None:
        metrics, (room, across) = self.fontMetrics(), self._room()
        left = area.left() - 2 * MARGIN + 2
        for y, name in enumerate(self._rows if self._names_rows() else ()):
            where = QRectF(MARGIN, area.top() + y * high, left, high)
            text = metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, int(left))
            painter.drawText(where, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, text)
        for x, name in enumerate(self._columns if room else ()):
            text = metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, room)
            painter.save()
            painter.translate(area.left() + (x + 0.5) * wide, area.top() - 4)
            if across:
                painter.translate(-metrics.horizontalAdvance(text) / 2, 0)
            else:
                painter.rotate(SLANT)
            painter.drawText(0, 0, text)
            painter.restore()

    def _area(self) -> QRectF:
        """Where the cells are: what the names leave."""
        room, across = self._room()
        last = 0 if across else min(self._longest(self._columns[-1:]), room)
        left = 2 * MARGIN + self._longest(self._rows) if self._names_rows() else MARGIN
        right, top = MARGIN + int(last * np.cos(np.radians(SLANT))), self._top()
        return QRectF(left, top, max(1, self.width() - left - right), max(1, self.height() - top - MARGIN))

    def _top(self) -> int:
        """What the columns' names take above the cells."""
        room, across = self._room()
        if not room:
            return MARGIN
        rise = 0 if across else int(min(self._longest(self._columns), room) * np.sin(np.radians(-SLANT)))
        return MARGIN + self.fontMetrics().height() + rise

    def _room(self) -> tuple[int, bool]:
        """How long a column's name may be, in pixels, and whether names lie across; 0 where the mouse tells them.

        They lie across where they fit so, or where more is left of them than of slanted ones, which take height.
        """
        line, longest = self.fontMetrics().height(), self._longest(self._columns)
        usual = sorted(map(self.fontMetrics().horizontalAdvance, self._columns))[len(self._columns) // 2 :][:1]
        wide = (self.width() - 3 * MARGIN - self._longest(self._rows)) // max(1, len(self._columns)) - 4
        slanted = min(int((NAMED * self.height() - MARGIN - line) / np.sin(np.radians(-SLANT))), LONGEST)
        least = min(SHORTEST, *usual, longest)
        if wide >= longest or (slanted < longest and wide >= max(slanted, least)):
            return wide, True
        return (slanted if slanted >= least and wide >= line - 6 else 0), False

    def _names_rows(self) -> bool:
        """Whether the rows are high enough for their names."""
        room = self.height() - self._top() - MARGIN
        return bool(self._rows) and room >= len(self._rows) * (self.fontMetrics().height() - 2)

    def _longest(self, names: Sequence[str]) -> int:
        metrics = self.fontMetrics()
        return min(max((metrics.horizontalAdvance(n) + 4 for n in names), default=0), LONGEST)


def signed(theme: Theme, value: float) -> QColor:
    """From -1 by the panel's own colour to 1, in two hues that colour-blind people tell apart."""
    return mixed(theme.panel, QColor(theme.curves[0 if value >= 0 else 1]), min(abs(value), 1.0))


def filled(theme: Theme, value: float) -> QColor:
    """From 0, all there, to 1, all missing."""
    return mixed(theme.border, QColor(theme.curves[1]), min(value, 1.0)) if value else theme.border
