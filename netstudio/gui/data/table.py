"""The samples as a table that sorts by a click on a column's head and shows the rows that a line lets through."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, QPoint, Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QMenu,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from netstudio.errors import DataError
from netstudio.gui.background import Background
from netstudio.gui.data.columns import Column
from netstudio.gui.data.filters import written
from netstudio.gui.data.model import SampleModel
from netstudio.gui.data.order import Rows, ordered
from netstudio.gui.figures import number
from netstudio.gui.look import set_property

TYPING_MS = 250  # after the last key
LINE = 26  # height of a row of text, in logical pixels
PICTURE = 40  # and of one with pictures
MARGIN = 6
NARROWEST, WIDEST, LONGEST = 56, 220, 360  # widths of columns, the last of texts
MOST_FITTED = 200  # columns whose width is fitted to what stands in them


class SampleTable(QWidget):
    """Sorting and filtering run on a thread and give row numbers alone, so that a million rows stall nothing."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model = SampleModel(PICTURE)
        self.view = QTableView()
        self.view.setObjectName("data.table")
        self.view.setModel(self.model)
        self.filter = QLineEdit()
        self.filter.setObjectName("data.filter")
        self.filter.setClearButtonEnabled(True)
        self.filter.setPlaceholderText(self.tr("Filter:  price > 100, city = Bonn"))
        self.filter.setToolTip(
            self.tr(
                "Conditions with commas between them: a column, one of = != < <= > >= and a value, "
                "or a part of a class's name. A right click on a cell offers its value."
            )
        )
        self.count = QLabel()
        self.count.setProperty("role", "muted")
        self.count.setObjectName("data.count")
        self.sorter = Background(self)
        self._typing = QTimer(self, singleShot=True, interval=TYPING_MS)
        self._lay_out()
        self._connect()

    def show_columns(self, columns: Sequence[Column]) -> None:
        """Show all rows of these."""
        self.filter.blockSignals(True)
        self.filter.clear()
        self.filter.blockSignals(False)
        self.model.ratio = self.devicePixelRatioF()
        self.model.show_columns(columns)
        head = self.view.horizontalHeader()
        head.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        drawn = any(c.kind in ("image", "line") for c in columns)
        self.view.verticalHeader().setDefaultSectionSize(PICTURE + MARGIN if drawn else LINE)
        for place, column in enumerate(columns[:MOST_FITTED]):
            needed = max(self.view.sizeHintForColumn(place), head.sectionSizeHint(place)) + MARGIN
            head.resizeSection(place, min(max(needed, NARROWEST), LONGEST if column.kind == "text" else WIDEST))
        self._tell()

    @property
    def busy(self) -> bool:
        """Whether an order is still to come."""
        return self._typing.isActive() or self.sorter.busy

    def _order(self) -> None:
        """Find which rows are shown, and in which order, on a thread."""
        if self.model.columns:
            columns, text, sort = self.model.columns, self.filter.text(), self.model.sort_by
            self.sorter.start(lambda: ordered(columns, text, sort))

    def _show_order(self, rows: Rows | None) -> None:
        self.model.show_rows(rows)
        self._tell()

    def _on_failed(self, error: Exception) -> None:
        """What is typed can't be understood: the rows stay as they are."""
        self._say(str(error) if isinstance(error, DataError) else repr(error), "error")

    def _tell(self) -> None:
        columns = self.model.columns
        total, shown = len(columns[0].values) if columns else 0, self.model.rowCount()
        rows = self.tr("{} rows").format(number(total))
        self._say(rows if shown == total else self.tr("{} of {}").format(number(shown), rows), "muted")

    def _say(self, text: str, role: str) -> None:
        self.count.setText(text)
        set_property(self.count, "role", role)
        set_property(self.filter, "state", "error" if role == "error" else "")

    def _on_head(self, place: int) -> None:
        """A click on a column's head: rising, falling, as it stands."""
        before = self.model.sort_by
        falls = before == (place, False)
        self.model.sort_by = None if before == (place, True) else (place, falls)
        way = Qt.SortOrder.DescendingOrder if falls else Qt.SortOrder.AscendingOrder
        self.view.horizontalHeader().setSortIndicator(-1 if self.model.sort_by is None else place, way)
        self._order()

    def menu_at(self, index: QModelIndex) -> QMenu:
        """What can be done with a cell."""
        column, row = self.model.columns[index.column()], self.model.row(index.row())
        menu = QMenu(self)
        if column.kind in ("number", "class", "date"):
            condition = written(column, row)
            menu.addAction(self.tr("Only rows with {}").format(condition), lambda: self._add(condition))
        text = column.text(row)
        menu.addAction(self.tr("Copy"), lambda: QGuiApplication.clipboard().setText(text))
        return menu

    def _on_menu(self, at: QPoint) -> None:
        if (index := self.view.indexAt(at)).isValid():
            menu = self.menu_at(index)
            menu.aboutToHide.connect(menu.deleteLater)
            menu.popup(self.view.viewport().mapToGlobal(at))

    def _add(self, condition: str) -> None:
        before = self.filter.text().strip().rstrip(",")
        self.filter.setText(f"{before}, {condition}" if before else condition)

    def _connect(self) -> None:
        self.filter.textChanged.connect(lambda _text: self._typing.start())
        self._typing.timeout.connect(self._order)
        self.sorter.done.connect(self._show_order)
        self.sorter.failed.connect(self._on_failed)
        self.view.horizontalHeader().sectionClicked.connect(self._on_head)
        self.view.customContextMenuRequested.connect(self._on_menu)

    def _lay_out(self) -> None:
        view, head, side = self.view, self.view.horizontalHeader(), self.view.verticalHeader()
        view.setAccessibleName(self.tr("The samples"))
        view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        view.setShowGrid(False)
        view.setWordWrap(False)
        view.setCornerButtonEnabled(False)
        view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        view.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        view.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        head.setSectionsClickable(True)
        head.setResizeContentsPrecision(50)
        head.setSortIndicatorShown(True)
        head.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        head.setHighlightSections(False)
        side.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        side.setHighlightSections(False)
        top = QHBoxLayout()
        top.setSpacing(12)
        top.addWidget(self.filter, 1)
        top.addWidget(self.count)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addLayout(top)
        column.addWidget(view, 1)
