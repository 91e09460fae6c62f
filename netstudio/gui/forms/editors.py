"""One widget for each kind of parameter.

An editor shows a value in a document's form and emits `edited(text_or_value, typing)` when a person changes it. What
it emits may be wrong: the form checks it against the declaration and says so.
"""

from __future__ import annotations

import re
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QValidator, QWheelEvent
from PySide6.QtWidgets import QCheckBox, QComboBox, QDoubleSpinBox, QLineEdit, QSpinBox

from netstudio.graph.params import Bool, Choice, Float, Floats, Int, Ints, Param
from netstudio.gui.look import show_text

SEPARATORS = re.compile(r"[\s,;×xX*]+")  # between sizes: 3, 3 and 3 x 3 and 3×3


class _Spin:
    """What both spin boxes share: any text may be typed, and the wheel scrolls the form, not the value."""

    def validate(self, text: str, position: int) -> tuple[QValidator.State, str, int]:
        state = QValidator.State.Acceptable if self._parsed(text) is not None else QValidator.State.Intermediate
        return state, text, position

    def _parsed(self, text: str) -> float | None:
        raise AssertionError("each spin box reads its own kind of number")


class IntEditor(_Spin, QSpinBox):
    """A whole number."""

    edited = Signal(object, bool)

    def __init__(self, param: Int) -> None:
        super().__init__()
        self.setRange(param.minimum, param.maximum)
        self.setKeyboardTracking(False)
        self.lineEdit().setTextMargins(4, 0, 0, 0)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.lineEdit().textEdited.connect(lambda text: self.edited.emit(_number(text, int), True))
        self.valueChanged.connect(lambda value: self.edited.emit(value, False))

    def show_value(self, value: Any) -> None:
        if self._parsed(self.lineEdit().text()) != value:
            self.blockSignals(True)
            self.setValue(int(value))
            self.blockSignals(False)

    def _parsed(self, text: str) -> int | None:
        number = _number(text, int)
        return number if isinstance(number, int) and self.minimum() <= number <= self.maximum() else None

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()


class FloatEditor(_Spin, QDoubleSpinBox):
    """A number; a step changes its first digit, so that 0.001 goes to 0.002."""

    edited = Signal(object, bool)

    def __init__(self, param: Float) -> None:
        super().__init__()
        self.setDecimals(15)
        self.setRange(-1e300 if param.minimum is None else param.minimum, 1e300)
        if param.maximum is not None or param.below is not None:
            self.setMaximum(min(b for b in (param.maximum, param.below) if b is not None))
        self.setKeyboardTracking(False)
        self.lineEdit().setTextMargins(4, 0, 0, 0)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.lineEdit().textEdited.connect(lambda text: self.edited.emit(_number(text, float), True))
        self.valueChanged.connect(lambda value: self.edited.emit(value, False))

    def show_value(self, value: Any) -> None:
        if _number(self.lineEdit().text(), float) != value:
            self.blockSignals(True)
            self.setValue(float(value))
            self.blockSignals(False)

    def stepBy(self, steps: int) -> None:
        value = self.value()
        size = 10.0 ** int(f"{abs(value):e}".partition("e")[2]) if value else 0.1
        if steps < 0 and abs(value) <= size * 1.0000001 and value:
            size /= 10
        self.setValue(float(f"{value + steps * size:.12g}"))

    def textFromValue(self, value: float) -> str:
        return f"{value:.12g}"

    def valueFromText(self, text: str) -> float:
        parsed = self._parsed(text)
        return self.value() if parsed is None else parsed

    def _parsed(self, text: str) -> float | None:
        number = _number(text, float)
        return number if isinstance(number, float) and self.minimum() <= number <= self.maximum() else None

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()


class BoolEditor(QCheckBox):
    """A switch."""

    edited = Signal(object, bool)

    def __init__(self) -> None:
        super().__init__()
        self.clicked.connect(lambda on: self.edited.emit(on, False))

    def show_value(self, value: Any) -> None:
        self.setChecked(bool(value))


class ChoiceEditor(QComboBox):
    """One of some names; "none" stands first where there may be none."""

    edited = Signal(object, bool)

    def __init__(self, options: tuple[str, ...], optional: bool) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(6)
        if optional:
            self.addItem(self.tr("none"), None)
        for option in options:
            self.addItem(option, option)
        self.activated.connect(lambda index: self.edited.emit(self.itemData(index), False))

    def show_value(self, value: Any) -> None:
        self.setCurrentIndex(self.findData(value))

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()


class LineEditor(QLineEdit):
    """Text, and what is written as text: a tuple as "3, 3", a number that may be missing."""

    edited = Signal(object, bool)

    def __init__(self, param: Param[Any]) -> None:
        super().__init__()
        self.param = param
        if param.optional:
            self.setPlaceholderText(self.tr("none"))
        self.textEdited.connect(lambda text: self.edited.emit(self._read(text), True))

    def show_value(self, value: Any) -> None:
        if not self.text() or self._read(self.text()) != value:
            show_text(self, _written(value))

    def advice(self) -> str:
        """What helps, beside the reason, where what is typed is wrong."""
        if isinstance(self.param, Ints) and "none" in self.text().lower():
            return self.tr("Every size is said here, and the batch is left out: drop None.")
        return ""

    def _read(self, text: str) -> Any:
        text = text.strip()
        if not text and self.param.optional:
            return None
        if isinstance(self.param, Ints):
            numbers = [_number(p, int) for p in SEPARATORS.split(text.strip("[]()")) if p]
            return numbers[0] if self.param.length is not None and len(numbers) == 1 else numbers
        if isinstance(self.param, Floats):
            return [_number(p, float) for p in text.strip("[]()").replace(" ", ",").split(",") if p]
        if isinstance(self.param, (Int, Float)):
            return _number(text, int if isinstance(self.param, Int) else float)
        return text


def simple_editor(param: Param[Any]) -> IntEditor | FloatEditor | BoolEditor | ChoiceEditor | LineEditor:
    """The editor for a parameter that is one value."""
    if isinstance(param, Bool):
        return BoolEditor()
    if isinstance(param, Choice):
        return ChoiceEditor(param.options, param.optional)
    if isinstance(param, Int) and not param.optional:
        return IntEditor(param)
    if isinstance(param, Float) and not param.optional:
        return FloatEditor(param)
    return LineEditor(param)


def _number(text: str, kind: type[int] | type[float]) -> Any:
    """The number that `text` says, or the text itself where it says none."""
    try:
        return kind(text.strip())
    except ValueError:
        return text


def _written(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value))
    return str(value)
