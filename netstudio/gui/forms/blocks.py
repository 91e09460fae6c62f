"""Editors of settings that stand in a block of their own, and of the few kinds that only such blocks have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QVBoxLayout, QWidget

from netstudio.gui.forms.editors import ChoiceEditor, LineEditor
from netstudio.gui.forms.form import Form


class BlockEditor(QWidget):
    """The form of a block's settings. The value is an object of those that are set, None where there is no block."""

    edited = Signal(object, bool)
    tall = True

    def __init__(self, param: Any, prefix: str) -> None:
        super().__init__()
        self._values: dict[str, Any] | None = {}
        self.wanted = QCheckBox(self.tr("use it")) if param.optional else None
        self.form = Form(param.declared.declared, prefix)
        self.form.changed.connect(lambda name, value, typing: self._emit({**self._kept(name), name: value}, typing))
        self.form.reset.connect(lambda name: self._emit(self._kept(name), False))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        if self.wanted is not None:
            self.wanted.setObjectName(f"{prefix}wanted")
            self.wanted.setToolTip(f"<p>{param.doc}</p>")
            self.wanted.clicked.connect(lambda on: self.edited.emit({} if on else None, False))
            column.addWidget(self.wanted)
        column.addWidget(self.form)

    def show_value(self, value: Any) -> None:
        self._values = None if value is None else dict(value)
        if self.wanted is not None:
            self.wanted.setChecked(value is not None)
        self.form.setVisible(value is not None)
        self.form.show_values(self._values or {})

    def _kept(self, name: str) -> dict[str, Any]:
        return {k: v for k, v in (self._values or {}).items() if k != name}

    def _emit(self, values: Mapping[str, Any], typing: bool) -> None:
        self._values = dict(values)
        self.edited.emit(self._values, typing)


class MaybeEditor(ChoiceEditor):
    """A switch that may be left out: yes, no, or what is found out."""

    def __init__(self) -> None:
        super().__init__((), optional=True)
        self.addItem(self.tr("yes"), True)
        self.addItem(self.tr("no"), False)


class ClassWeightEditor(ChoiceEditor):
    """All samples alike, balanced, or the weights that the document gives class by class."""

    def __init__(self, balanced: str) -> None:
        super().__init__((), optional=True)
        self.setItemText(0, self.tr("every sample alike"))
        self.addItem(self.tr("every class alike (balanced)"), balanced)

    def show_value(self, value: Any) -> None:
        own = isinstance(value, Mapping)
        at = self.findText(self.tr("by class"))
        if own and at < 0:
            self.addItem(self.tr("by class"), value)
        elif own:
            self.setItemData(at, value)
        self.setCurrentIndex(self.findText(self.tr("by class")) if own else self.findData(value))


class NamesEditor(LineEditor):
    """Names with commas between them."""

    def _read(self, text: str) -> Any:
        names = [name.strip() for name in text.split(",") if name.strip()]
        return names or None if self.param.optional else names
