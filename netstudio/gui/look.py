"""Small helpers that widgets share."""

from __future__ import annotations

import re

from PySide6.QtWidgets import QLabel, QLayout, QLineEdit, QWidget

from netstudio.gui.theme import heading_font


def set_property(widget: QWidget, name: str, value: str) -> None:
    """Set a property that the style sheet looks at, and have it look again."""
    if widget.property(name) != value:
        widget.setProperty(name, value)
        widget.style().unpolish(widget)
        widget.style().polish(widget)


def show_text(field: QLineEdit, text: str) -> None:
    """Show a text from its beginning, unless it stands there already: Qt would show the end of a long one."""
    if field.text() != text:
        field.setText(text)
        field.setCursorPosition(0)


def heading(text: str) -> QLabel:
    """A line in the size of headings; a long name breaks before its capitals."""
    label = QLabel(re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "\u200b", text))
    label.setWordWrap(True)
    label.setFont(heading_font(label.font()))
    return label


def muted(text: str = "") -> QLabel:
    """A line of lesser weight that wraps."""
    label = QLabel(text)
    label.setProperty("role", "muted")
    label.setWordWrap(True)
    return label


def emptied(layout: QLayout) -> None:
    """Take every widget and layout out of `layout` and delete them."""
    while (item := layout.takeAt(0)) is not None:
        if (widget := item.widget()) is not None:
            widget.hide()
            widget.deleteLater()
        elif (inner := item.layout()) is not None:
            emptied(inner)
