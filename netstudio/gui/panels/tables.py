"""Plain tables."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem


def table(name: str) -> QTableWidget:
    """A table to look at and to copy from."""
    made = QTableWidget()
    made.setAccessibleName(name)
    made.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    made.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    made.setShowGrid(False)
    made.setWordWrap(False)
    made.verticalHeader().setDefaultSectionSize(26)
    made.verticalHeader().hide()
    made.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
    made.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    made.horizontalHeader().setHighlightSections(False)
    made.horizontalHeader().setStretchLastSection(True)
    return made


def fill(target: QTableWidget, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Show these texts."""
    target.setColumnCount(len(header))
    target.setHorizontalHeaderLabels(list(header))
    target.setRowCount(len(rows))
    for y, row in enumerate(rows):
        for x, text in enumerate(row):
            target.setItem(y, x, QTableWidgetItem(text))
