"""The samples as a model for Qt's tables: rows are looked up when they are seen, however many there are."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QSize, Qt
from PySide6.QtGui import QPixmap

from netstudio.gui.data import pictures
from netstudio.gui.data.columns import Column
from netstudio.gui.data.order import Rows, Sort
from netstudio.gui.theme import current_theme

Index = QModelIndex | QPersistentModelIndex
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
LONGEST_CELL = 200  # letters
LONGEST_TIP = 2000
PICTURES = 1024  # kept; what was seen last stays
NOTHING = QModelIndex()


class SampleModel(QAbstractTableModel):
    """`columns` of a data set in the order that `show_rows` gives; `height` is a picture's, in logical pixels."""

    def __init__(self, height: int) -> None:
        super().__init__()
        self.columns: tuple[Column, ...] = ()
        self.sort_by: Sort | None = None
        self.height = height
        self.ratio = 1.0  # device pixels a logical one
        self._rows: Rows | None = None
        self._count = 0
        self._picture = lru_cache(PICTURES)(self._drawn)

    def show_columns(self, columns: Sequence[Column]) -> None:
        """Show all rows of these, as they stand."""
        self.beginResetModel()
        self.columns, self._rows, self.sort_by = tuple(columns), None, None
        self._count = len(self.columns[0].values) if columns else 0
        self._picture = lru_cache(PICTURES)(self._drawn)
        self._spans = [pictures.span_of(c.values) if c.kind == "image" else (0.0, 1.0) for c in columns]
        self.endResetModel()

    def show_rows(self, rows: Rows | None) -> None:
        """Show these rows alone, in this order; None for all as they stand."""
        self.beginResetModel()
        self._rows = rows
        self._count = len(self.columns[0].values) if rows is None else len(rows)
        self.endResetModel()

    def forget_pictures(self) -> None:
        """Draw them anew: the theme or the screen is another."""
        self._picture.cache_clear()
        if self._count:
            self.dataChanged.emit(self.index(0, 0), self.index(self._count - 1, len(self.columns) - 1))

    def row(self, y: int) -> int:
        """The sample that stands in a line of the table."""
        return y if self._rows is None else int(self._rows[y])

    def rowCount(self, parent: Index = NOTHING) -> int:
        return 0 if parent.isValid() else self._count

    def columnCount(self, parent: Index = NOTHING) -> int:
        return 0 if parent.isValid() else len(self.columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        column = self.columns[index.column()]
        if role == Qt.ItemDataRole.DisplayRole:
            text = column.text(self.row(index.row())) if column.kind not in ("image", "line") else None
            return text[:LONGEST_CELL] if text else text
        if role == Qt.ItemDataRole.ToolTipRole and column.kind == "text":
            return column.text(self.row(index.row()))[:LONGEST_TIP]
        if role == Qt.ItemDataRole.DecorationRole and column.kind in ("image", "line"):
            return self._picture(index.column(), self.row(index.row()))
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return RIGHT if column.kind == "number" else LEFT
        return None

    def headerData(self, section: int, way: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if way == Qt.Orientation.Vertical:
            return str(self.row(section)) if role == Qt.ItemDataRole.DisplayRole else None
        column = self.columns[section]
        if role == Qt.ItemDataRole.DisplayRole:
            return column.name
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return RIGHT if column.kind == "number" else LEFT
        if role == Qt.ItemDataRole.ToolTipRole:
            return _described(column)
        return None

    def _drawn(self, place: int, row: int) -> QPixmap:
        column, high = self.columns[place], round(self.height * self.ratio)
        if column.kind == "image":
            made = pictures.thumbnail(column.values[row], self._spans[place], QSize(high, high))
        else:
            made = pictures.line(column.values[row], QSize(4 * high, high), current_theme().curves, 1.5 * self.ratio)
        made.setDevicePixelRatio(self.ratio)
        return made


def _described(column: Column) -> str:
    if column.kind in ("text", "date"):
        return f"{column.name}: {column.kind}s"
    if column.kind == "class":
        few = ", ".join(column.classes[:12]) + (", …" if len(column.classes) > 12 else "")
        return f"{column.name}: {len(column.classes)} classes ({few})"
    shape = "×".join(map(str, column.values.shape[1:]))
    return f"{column.name}: {shape or 'a number'} {column.kind if shape else ''}".strip()
