"""Cells of a table in which one of some names is chosen: a click opens the list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import (
    QAbstractItemModel,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    Qt,
    QTimer,
)
from PySide6.QtGui import QMouseEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QLineEdit,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from netstudio.gui.icons import renderer
from netstudio.gui.theme import current_theme

if TYPE_CHECKING:
    from netstudio.gui.importing.columns_model import ColumnsModel

Index = QModelIndex | QPersistentModelIndex
ARROW = 10  # pixels


class ChoicesView(QTableView):
    """A click on a cell with a choice opens it, and leaves several selected lines selected."""

    def __init__(self, model: ColumnsModel) -> None:
        super().__init__()
        self.columns = model
        self._pressed: QModelIndex | None = None
        self.setModel(model)
        self.setItemDelegate(ChoiceCells(self, model))
        self.setEditTriggers(QAbstractItemView.EditTrigger.EditKeyPressed)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        index = self.indexAt(event.position().toPoint())
        plain = event.button() == Qt.MouseButton.LeftButton and not event.modifiers()
        self._pressed = index if plain and index.isValid() and self._opens(index) else None
        if self._pressed is None or not self.selectionModel().isRowSelected(index.row()):
            super().mousePressEvent(event)

    def _opens(self, index: QModelIndex) -> bool:
        return bool(self.columns.options(index)) or self.columns.is_typed(index)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        index, self._pressed = self._pressed, None
        super().mouseReleaseEvent(event)
        if index is not None and self.indexAt(event.position().toPoint()) == index:
            self.selectionModel().setCurrentIndex(index, QItemSelectionModel.SelectionFlag.NoUpdate)
            self.edit(index)


class ChoiceCells(QStyledItemDelegate):
    """What is chosen in one line holds for all selected ones."""

    def __init__(self, view: QTableView, model: ColumnsModel) -> None:
        super().__init__(view)
        self.view, self.columns = view, model

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """The text, and an arrow where there is a choice."""
        super().paint(painter, option, index)
        if self.columns.options(index):
            rect: QRect = option.rect
            at = QRect(rect.right() - ARROW - 6, rect.center().y() - ARROW // 2, ARROW, ARROW)
            chosen = bool(option.state & QStyle.StateFlag.State_Selected)
            renderer("arrow-down", current_theme().hex("window" if chosen else "muted")).render(painter, at.toRectF())

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: Index) -> QWidget:
        """The list, open; or a line to write into."""
        if self.columns.is_typed(index):
            line = QLineEdit(parent)
            line.setObjectName(f"columns.{self.columns.facts[index.row()].name}.fill")
            return line
        box = QComboBox(parent)
        box.setObjectName(f"columns.{self.columns.facts[index.row()].name}.{index.column()}")
        for title, value in self.columns.options(index):
            box.addItem(title, value)
        box.activated.connect(lambda _at: self._choose(box))
        QTimer.singleShot(0, box, box.showPopup)
        return box

    def setEditorData(self, editor: QWidget, index: Index) -> None:
        if isinstance(editor, QLineEdit):
            editor.setText(str(index.data(Qt.ItemDataRole.EditRole)))
            return
        assert isinstance(editor, QComboBox)
        at = editor.findData(self.columns.value(index))
        editor.setCurrentIndex(max(0, at))

    def setModelData(self, editor: QWidget, model: QAbstractItemModel, index: Index) -> None:
        """Take the choice over, for every selected line where this one is among them."""
        if isinstance(editor, QLineEdit):
            if editor.text() != index.data(Qt.ItemDataRole.EditRole):
                self.columns.write(index, editor.text())
            return
        assert isinstance(editor, QComboBox)
        chosen = sorted({i.row() for i in self.view.selectionModel().selectedIndexes()} | {index.row()})
        if editor.currentData() != self.columns.value(index):
            self.columns.choose(chosen, index.column(), editor.currentData())

    def _choose(self, box: QComboBox) -> None:
        self.commitData.emit(box)
        self.closeEditor.emit(box)
