"""The search over the canvas: type, choose with the arrows, Enter adds the node."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QHideEvent, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QFrame,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from netstudio.gui.canvas.search import Choice, matching
from netstudio.gui.theme import Theme, mixed

SIZE = QSize(320, 340)
_ROW = 42
_CHOICE = Qt.ItemDataRole.UserRole
_MOVES = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)


class SearchPopup(QFrame):
    """A list that narrows while typing. It closes on Esc, on Enter and when the focus goes elsewhere."""

    closed = Signal()

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("canvas.search")
        self._panel = parent
        self._choices: Sequence[Choice] = ()
        self._take: Callable[[Choice], None] = lambda choice: None
        self.title = QLabel(self)
        self.edit = QLineEdit(self)
        self.edit.setObjectName("canvas.search.text")
        self.edit.setPlaceholderText(self.tr("Search nodes"))
        self.edit.setClearButtonEnabled(True)
        self.list = QListWidget(self)
        self.list.setObjectName("canvas.search.list")
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setUniformItemSizes(True)
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._rows = _Rows(theme, self.list)
        self.list.setItemDelegate(self._rows)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.setSpacing(6)
        for widget in (self.title, self.edit, self.list):
            column.addWidget(widget)
        self.edit.textChanged.connect(self._narrow)
        self.edit.installEventFilter(self)
        self.list.itemClicked.connect(self._choose)
        self.setFixedWidth(SIZE.width())
        self.set_theme(theme)
        self.hide()

    def set_theme(self, theme: Theme) -> None:
        self._rows.theme = theme
        self.setStyleSheet(
            f"#{self.objectName().replace('.', chr(92) + '.')} {{ background: {theme.panel.name()};"
            f"border: 1px solid {mixed(theme.border, theme.muted, 0.4).name()}; border-radius: 6px; }}"
        )
        self.title.setStyleSheet(f"color: {theme.muted.name()};")

    def ask(self, title: str, at: QPoint, choices: Sequence[Choice], take: Callable[[Choice], None]) -> None:
        """Offer `choices` near `at` of the parent; `take` gets the chosen one."""
        self._choices, self._take = choices, take
        self.title.setText(title)
        self.edit.clear()
        self._narrow("")
        room = self._panel.rect()
        x = min(at.x(), room.right() - SIZE.width() - 4)
        y = min(at.y(), room.bottom() - SIZE.height() - 4)
        self.move(max(x, 4), max(y, 4))
        self.show()
        self.raise_()
        self.edit.setFocus()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.closed.emit()

    def shown_names(self) -> list[str]:
        """The names on offer, from the top."""
        choices = [self.list.item(i).data(_CHOICE) for i in range(self.list.count())]
        return [choice.type.name for choice in choices if choice is not None]

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            return self._key(event)
        if event.type() == QEvent.Type.FocusOut and self.isVisible() and not self.edit.hasFocus():
            self.hide()
        return False

    def _key(self, event: QKeyEvent) -> bool:
        if event.key() == Qt.Key.Key_Escape:
            self._close()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if self.list.currentItem() is not None:
                self._choose(self.list.currentItem())
        elif event.key() in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab):
            step = 1 if event.key() == Qt.Key.Key_Tab else -1
            self.list.setCurrentRow((self.list.currentRow() + step) % max(self.list.count(), 1))
        elif event.key() in _MOVES:
            self.list.event(event)
        else:
            return False
        return True

    def _narrow(self, text: str) -> None:
        self.list.clear()
        for choice in matching(text, self._choices):
            item = QListWidgetItem(choice.type.name)
            item.setData(_CHOICE, choice)
            item.setToolTip(choice.type.summary_line())
            self.list.addItem(item)
        self.list.setCurrentRow(0)
        self._fit_rows()
        if not self.list.count():
            nothing = QListWidgetItem(self.tr("Nothing matches {0!r}; try fewer letters").format(text))
            nothing.setFlags(Qt.ItemFlag.NoItemFlags)
            self.list.addItem(nothing)

    def _fit_rows(self) -> None:
        """As tall as the rows need, within SIZE; the top stays where it is."""
        rows = min(max(self.list.count(), 1), (SIZE.height() - 80) // _ROW)
        self.list.setFixedHeight(rows * _ROW)
        self.adjustSize()

    def _choose(self, item: QListWidgetItem) -> None:
        choice = item.data(_CHOICE)
        if choice is not None:
            self._close()
            self._take(choice)

    def _close(self) -> None:
        self.hide()
        self._panel.setFocus()


class _Rows(QStyledItemDelegate):
    """A row: the category's colour, the name, and the first line of the documentation."""

    def __init__(self, theme: Theme, parent: QObject) -> None:
        super().__init__(parent)
        self.theme = theme

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(0, _ROW)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        choice, theme = index.data(_CHOICE), self.theme
        rect: QRect = option.rect
        if choice is None:
            super().paint(painter, option, index)
            return
        painter.save()
        current = index.row() == self._current_row()
        if current:
            painter.fillRect(rect, mixed(theme.panel, theme.accent, 0.22))
        painter.fillRect(
            QRect(rect.left(), rect.top() + 5, 4, rect.height() - 10), theme.category(choice.type.category)
        )
        text = rect.adjusted(12, 4, -6, -4)
        half = text.height() // 2
        self._line(painter, QRect(text.left(), text.top(), text.width(), half), choice.type.name, theme.text, True)
        detail = choice.type.summary_line()
        self._line(painter, QRect(text.left(), text.top() + half, text.width(), half), detail, theme.muted, False)
        painter.restore()

    def _line(self, painter: QPainter, rect: QRect, text: str, ink: QColor, bold: bool) -> None:
        font = QFont(painter.font())
        font.setWeight(QFont.Weight.DemiBold if bold else QFont.Weight.Normal)
        painter.setFont(font)
        painter.setPen(ink)
        shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, rect.width())
        painter.drawText(rect, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)

    def _current_row(self) -> int:
        widget = self.parent()
        return widget.currentRow() if isinstance(widget, QListWidget) else -1
