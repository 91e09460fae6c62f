"""Editors of parameters that stand for declared objects: an optimizer, metrics."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from netstudio.graph.declared import Declared
from netstudio.gui.forms.editors import ChoiceEditor, FloatEditor
from netstudio.gui.forms.form import Form
from netstudio.gui.icons import icon
from netstudio.gui.look import emptied
from netstudio.gui.theme import current_theme


class ObjectEditor(QWidget):
    """A member of a family, with the form of its parameters under it. The value is a name, or {"type", "params"}."""

    edited = Signal(object, bool)
    tall = True

    def __init__(self, param: Any, prefix: str) -> None:
        super().__init__()
        self.family, self.prefix = param.family, prefix
        self.choice = ChoiceEditor(tuple(self.family.members), param.optional)
        self.choice.setObjectName(f"{prefix}type")
        self.choice.edited.connect(lambda name, _typing: self._on_chosen(name))
        self.form: Form | None = None
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(6)
        self._column.addWidget(self.choice)
        self._type: type[Declared] | None = None
        self._values: dict[str, Any] = {}

    def show_value(self, value: Any) -> None:
        kind, self._values = _taken_apart(self.family, value)
        self.choice.show_value(None if kind is None else kind.name)
        if kind is not self._type:
            self._type = kind
            self._show_form(kind)
        if self.form is not None:
            self.form.show_values(self._values)

    def _show_form(self, kind: type[Declared] | None) -> None:
        if self.form is not None:
            self.form.blockSignals(True)  # a field that is hidden, and so left, tells once more what was typed
            self._column.removeWidget(self.form)
            self.form.hide()
            self.form.deleteLater()
            self.form = None
        if kind is not None and kind.declared:
            self.form = Form(kind.declared, self.prefix)
            self.form.setContentsMargins(12, 0, 0, 0)
            self.form.changed.connect(self._on_changed)
            self.form.reset.connect(self._on_reset)
            self._column.addWidget(self.form)

    def _on_chosen(self, name: Any) -> None:
        values = {} if name is None else self.family[name].initial_params()
        self.edited.emit({"type": name, "params": values} if values else name, False)

    def _on_changed(self, name: str, value: Any, typing: bool) -> None:
        self._emit({**self._values, name: value}, typing)

    def _on_reset(self, name: str) -> None:
        self._emit({k: v for k, v in self._values.items() if k != name}, False)

    def _emit(self, values: dict[str, Any], typing: bool) -> None:
        assert self._type is not None
        self._values = values
        self.edited.emit({"type": self._type.name, "params": values} if values else self._type.name, typing)


class NumberOrObjectEditor(ObjectEditor):
    """A number, or a member of a family in its place: a learning rate, or a schedule of it."""

    def __init__(self, param: Any, prefix: str) -> None:
        super().__init__(param, prefix)
        self.number = FloatEditor(param.number)
        self.number.edited.connect(self.edited)
        self.choice.insertItem(0, self.tr("a number"), None)
        self._column.addWidget(self.number)
        self._last_number = param.starting_value

    def setObjectName(self, name: Any) -> None:
        """The parameter's name is the number's, which is typed into like any other."""
        self.number.setObjectName(name)
        super().setObjectName(f"{name}.editor")

    def show_value(self, value: Any) -> None:
        is_number = isinstance(value, (int, float))
        self.number.blockSignals(not is_number)
        self.number.setVisible(is_number)
        if is_number:
            self._last_number, self._type, self._values = value, None, {}
            self._show_form(None)
            self.choice.show_value(None)
            self.number.show_value(value)
        else:
            super().show_value(value)

    def _on_chosen(self, name: Any) -> None:
        if name is None:
            self.edited.emit(self._last_number, False)
        else:
            super()._on_chosen(name)


class ObjectsEditor(QWidget):
    """A list of members of a family: one editor each, and a choice that adds one."""

    edited = Signal(object, bool)
    tall = True

    def __init__(self, param: Any, prefix: str) -> None:
        super().__init__()
        self.param, self.prefix = param, prefix
        self._values: list[Any] = []
        self._editors: list[_Member] = []
        self._list = QVBoxLayout()
        self.add = ChoiceEditor(_addable(param), optional=False)
        self.add.setObjectName(f"{prefix}add")
        self.add.insertItem(0, self.tr("add …"), None)
        self.add.setCurrentIndex(0)
        self.add.edited.connect(self._on_add)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addLayout(self._list)
        column.addWidget(self.add)

    def show_value(self, value: Any) -> None:
        values = list(value or ())
        if len(values) != len(self._editors):
            self._rebuild(len(values))
        self._values = values
        for editor, one in zip(self._editors, values):
            editor.show_value(one)

    def _rebuild(self, count: int) -> None:
        emptied(self._list)
        self._editors = [_Member(self.param, f"{self.prefix}{i}.") for i in range(count)]
        for index, editor in enumerate(self._editors):
            editor.edited.connect(lambda value, typing, at=index: self._on_edited(at, value, typing))
            editor.removed.connect(lambda at=index: self._on_removed(at))
            self._list.addWidget(editor)

    def _on_add(self, name: Any, typing: bool) -> None:
        self.add.setCurrentIndex(0)
        if name is not None:
            self.edited.emit([*self._values, name], False)

    def _on_edited(self, at: int, value: Any, typing: bool) -> None:
        self.edited.emit([*self._values[:at], value, *self._values[at + 1 :]], typing)

    def _on_removed(self, at: int) -> None:
        self.edited.emit([*self._values[:at], *self._values[at + 1 :]], False)


class _Member(QWidget):
    """One entry of a list: what it is, its parameters, and a button that takes it away."""

    edited = Signal(object, bool)
    removed = Signal()

    def __init__(self, param: Any, prefix: str) -> None:
        super().__init__()
        self.editor = _MemberEditor(param, prefix)
        self.editor.edited.connect(self.edited)
        remove = QToolButton()
        remove.setObjectName(f"{prefix}remove")
        remove.setIcon(icon("remove", current_theme().hex("muted")))
        remove.setToolTip(self.tr("Take it away"))
        remove.clicked.connect(self.removed)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.editor, 1)
        row.addWidget(remove, 0, Qt.AlignmentFlag.AlignTop)

    def show_value(self, value: Any) -> None:
        self.editor.show_value(value)


class _MemberEditor(ObjectEditor):
    """An object editor that also knows names which stand for a member without being one ("accuracy")."""

    def __init__(self, param: Any, prefix: str) -> None:
        super().__init__(_Required(param), prefix)
        for name in _addable(param):
            if self.choice.findData(name) < 0:
                self.choice.addItem(name, name)

    def show_value(self, value: Any) -> None:
        if isinstance(value, str) and value not in self.family.members and self.choice.findData(value) >= 0:
            self._type, self._values = None, {}
            self._show_form(None)
            self.choice.show_value(value)
        else:
            super().show_value(value)


class _Required:
    """A list's family as a parameter of one member."""

    optional = False

    def __init__(self, param: Any) -> None:
        self.family = param.family


def _addable(param: Any) -> tuple[str, ...]:
    """The members of the family, and before them the names that the list takes besides."""
    from netstudio.training.settings import ACCURACY, Metrics

    besides = ACCURACY[:1] if isinstance(param, Metrics) else ()
    return (*besides, *param.family.members)


def _taken_apart(family: Any, value: Any) -> tuple[type[Declared] | None, dict[str, Any]]:
    """The class and the parameters that a document's form names."""
    if value is None:
        return None, {}
    if isinstance(value, Declared):
        return type(value), {}
    name, params = (value, {}) if isinstance(value, str) else (value.get("type"), dict(value.get("params", {})))
    return (family[name] if isinstance(name, str) and name in family else None), params
