"""Samples side by side: images, or sequences as lines, with their classes."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QListView, QListWidget, QListWidgetItem, QWidget

from netstudio.data.dataset import Array
from netstudio.gui.data import pictures
from netstudio.gui.theme import current_theme

IMAGE = QSize(72, 72)
LINE = QSize(152, 72)
SCROLL_BAR = 14  # pixels
WIDEST = 16_777_215  # pixels, which is Qt's word for any width


class Gallery(QListWidget):
    """As many columns as fit."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setMovement(QListView.Movement.Static)
        self.setSelectionMode(QListView.SelectionMode.NoSelection)
        self.setUniformItemSizes(True)
        self.setSpacing(4)
        self._columns: int | None = None
        self._shown: tuple[Array, Sequence[str]] | None = None

    def show_samples(self, values: Array, texts: Sequence[str]) -> None:
        """Show (samples, ...) images or sequences, each above its text."""
        self._shown = values, texts
        self.clear()
        is_image, ratio = values.ndim == 4, self.devicePixelRatioF()
        size = IMAGE if is_image else LINE
        span = pictures.span_of(values) if is_image else (0.0, 1.0)
        self.setIconSize(size)
        self.setGridSize(QSize(size.width() + 12, size.height() + (24 if any(texts) else 8)))
        width = None if self._columns is None else self._columns * self.gridSize().width() + SCROLL_BAR
        self.setMinimumWidth(width or 0)
        self.setMaximumWidth(width or WIDEST)
        for value, text in zip(values, texts):
            if is_image:
                made = pictures.thumbnail(value, span, size * ratio)
            else:
                made = pictures.line(value, size * ratio, current_theme().curves, 1.5 * ratio)
            made.setDevicePixelRatio(ratio)
            self.addItem(QListWidgetItem(QIcon(made), text))

    def set_columns(self, count: int | None) -> None:
        """Have so many samples a line, neither more nor fewer; None: as many as fit."""
        self._columns = count

    def redraw(self) -> None:
        """Draw them anew: the theme is another."""
        if self._shown is not None:
            self.show_samples(*self._shown)
