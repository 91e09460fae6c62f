"""The editor of what is given by node id: which data a node takes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFormLayout, QLabel, QWidget

from netstudio.gui.forms.editors import ChoiceEditor, LineEditor

LABEL_WIDTH = 96  # pixels of a node's title beside its editor


class BindingsEditor(QWidget):
    """Texts by node id: one line for each node that `set_nodes` names."""

    edited = Signal(object, bool)
    tall = True

    def __init__(self, param: Any) -> None:
        super().__init__()
        self.param = param
        self._values: dict[str, Any] = {}
        self._editors: dict[str, Any] = {}
        self._titles: Mapping[str, str] = {}
        self._form = QFormLayout(self)
        self._form.setContentsMargins(12, 0, 0, 0)

    def set_nodes(self, titles: Mapping[str, str]) -> None:
        """Have a line for each of these nodes: titles by id."""
        if titles == self._titles:
            return
        self._titles = dict(titles)
        while self._form.rowCount():
            self._form.removeRow(0)
        self._editors = {}
        for id, title in titles.items():
            options: tuple[str, ...] = getattr(self.param, "options", ())
            editor = ChoiceEditor(options, optional=True) if options else _NamesEditor(self.param)
            editor.setObjectName(f"param.{self.param.name}.{id}")
            editor.edited.connect(lambda value, typing, id=id: self._on_edited(id, value, typing))
            self._editors[id] = editor
            editor.setAccessibleName(title)
            self._form.addRow(self._label(title), editor)
        self.show_value(self._values)

    def _label(self, title: str) -> QLabel:
        """The title, cut where it would leave the editor no room."""
        label = QLabel(textFormat=Qt.TextFormat.PlainText)
        label.setText(label.fontMetrics().elidedText(title, Qt.TextElideMode.ElideRight, LABEL_WIDTH))
        label.setToolTip("" if label.text() == title else title)
        return label

    def show_value(self, value: Any) -> None:
        self._values = dict(value or {})
        for id, editor in self._editors.items():
            editor.show_value(self._values.get(id))

    def _on_edited(self, id: str, value: Any, typing: bool) -> None:
        kept = {k: v for k, v in self._values.items() if k != id}
        self.edited.emit(kept if value in (None, "") else {**kept, id: value}, typing)


class _NamesEditor(LineEditor):
    """A field's name, or several column names with commas between them."""

    def __init__(self, param: Any) -> None:
        super().__init__(param)
        self.setPlaceholderText(self.tr("what fits"))

    def _read(self, text: str) -> Any:
        names = [n.strip() for n in text.split(",") if n.strip()]
        return names if len(names) > 1 else (names[0] if names else None)
