"""A form made from declared parameters: one row each, with its state, its reset arrow and its error."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from netstudio.errors import ParamError
from netstudio.graph.edits import plain
from netstudio.graph.params import Param
from netstudio.gui.forms.editors import simple_editor
from netstudio.gui.icons import icon
from netstudio.gui.look import set_property
from netstudio.gui.theme import current_theme


class Row(QWidget):
    """One parameter: name, editor, reset arrow, and under them what is wrong with what is being typed.

    Emits `changed(value, typing)` with a value that the declaration takes, and `reset()`.
    """

    changed = Signal(object, bool)
    reset = Signal()

    def __init__(self, param: Param[Any], prefix: str, editor: Any = None) -> None:
        super().__init__()
        self.param = param
        self.editor = editor or make_editor(param, prefix)
        self.editor.setObjectName(f"{prefix}{param.name}")
        self.label = QLabel(param.name.replace("_", " "))
        self.label.setBuddy(self.editor)
        self.error = QLabel()
        self.error.setObjectName(f"error.{param.name}")
        self.error.setWordWrap(True)
        self.error.setProperty("role", "error")
        self.error.hide()
        self.reset_button = QToolButton()
        self.reset_button.setObjectName(f"reset.{param.name}")
        self.reset_button.setIcon(icon("reset", current_theme().hex("muted")))
        self.reset_button.setToolTip(self.tr("Back to the default"))
        self.reset_button.setFixedSize(24, 24)
        kept = self.reset_button.sizePolicy()
        kept.setRetainSizeWhenHidden(True)
        self.reset_button.setSizePolicy(kept)
        self.reset_button.clicked.connect(self.reset)
        self._explain()
        self._lay_out()
        self._values: Mapping[str, Any] = {}
        self.editor.edited.connect(self._on_edited)
        if isinstance(self.editor, (QAbstractSpinBox, QLineEdit)):
            self.editor.editingFinished.connect(self._on_finished)

    def show_value(self, values: Mapping[str, Any]) -> None:
        """Show the parameter's value of `values`, or its default where it is not in there."""
        self._values = values
        is_set = self.param.name in values
        self.editor.show_value(values[self.param.name] if is_set else plain(self.param.starting_value))
        self.reset_button.setVisible(is_set and not self.param.required)
        self._set_state("set" if is_set else "default", "")

    def _on_edited(self, value: Any, typing: bool) -> None:
        try:
            self.param.check(value)
        except ParamError as error:
            advice = getattr(self.editor, "advice", lambda: "")()
            self._set_state("error", f"{error}. {advice}" if advice else str(error))
            return
        self._set_state("set", "")
        self.changed.emit(value, typing)

    def _on_finished(self) -> None:
        """Whoever leaves the field sees what the graph has, not what it refused."""
        self.show_value(self._values)

    def _set_state(self, state: str, error: str) -> None:
        set_property(self.editor, "state", state)
        set_property(self.label, "role", "muted" if state == "default" else "")
        self.error.setText(error)
        self.error.setVisible(bool(error))

    def _explain(self) -> None:
        text = f"<p>{self.param.doc}</p><p><i>{self.tr('Takes {}.').format(self.param.expected)}</i></p>"
        self.label.setToolTip(text)
        self.editor.setToolTip(text)
        self.editor.setAccessibleName(self.param.name)
        self.editor.setAccessibleDescription(self.param.doc)

    def _lay_out(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(2)
        if getattr(self.editor, "tall", False):
            head = QHBoxLayout()
            head.addWidget(self.label, 1)
            head.addWidget(self.reset_button)
            grid.addLayout(head, 0, 0)
            grid.addWidget(self.editor, 1, 0)
            grid.addWidget(self.error, 2, 0)
            return
        self.label.setFixedWidth(108)
        self.label.setWordWrap(True)
        self.editor.setMinimumWidth(64)
        self.editor.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        grid.addWidget(self.label, 0, 0, Qt.AlignmentFlag.AlignVCenter)
        grid.addWidget(self.editor, 0, 1)
        grid.addWidget(self.reset_button, 0, 2)
        grid.addWidget(self.error, 1, 0, 1, 3)


class Form(QWidget):
    """The rows of some declared parameters.

    Emits `changed(name, value, typing)` with values that their declarations take, and `reset(name)`; a value that is
    the default counts as a reset.
    """

    changed = Signal(str, object, bool)
    reset = Signal(str)

    def __init__(
        self, declared: Mapping[str, Param[Any]], prefix: str = "param.", editors: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__()
        self.rows: dict[str, Row] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        for name, param in declared.items():
            row = Row(param, prefix, (editors or {}).get(name))
            row.changed.connect(lambda value, typing, name=name: self._on_changed(name, value, typing))
            row.reset.connect(lambda name=name: self.reset.emit(name))
            self.rows[name] = row
            column.addWidget(row)

    def show_values(self, values: Mapping[str, Any]) -> None:
        for row in self.rows.values():
            row.show_value(values)

    def _on_changed(self, name: str, value: Any, typing: bool) -> None:
        param = self.rows[name].param
        if not param.required and plain(value) == plain(param.starting_value):
            self.reset.emit(name)
        else:
            self.changed.emit(name, plain(value), typing)


def make_editor(param: Param[Any], prefix: str) -> Any:
    """The editor for a parameter of any kind."""
    from netstudio.gui.forms.bindings import BindingsEditor
    from netstudio.gui.forms.blocks import BlockEditor, ClassWeightEditor, MaybeEditor, NamesEditor
    from netstudio.gui.forms.objects import NumberOrObjectEditor, ObjectEditor, ObjectsEditor  # they hold forms

    inner = f"{prefix}{param.name}."
    if param.kind == "block":
        return BlockEditor(param, inner)
    if param.kind == "class weight":
        return ClassWeightEditor("balanced")
    if param.kind == "names":
        return NamesEditor(param)
    if param.kind == "bool" and param.optional:
        return MaybeEditor()
    if param.kind == "number or object":
        return NumberOrObjectEditor(param, inner)
    if param.kind == "object":
        return ObjectEditor(param, inner)
    if param.kind == "objects":
        return ObjectsEditor(param, inner)
    if param.kind in ("bindings", "steps", "mapping"):
        return BindingsEditor(param)
    return simple_editor(param)
