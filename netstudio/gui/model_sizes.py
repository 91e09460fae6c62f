"""Asks for the sizes that an imported model leaves open."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QLineEdit, QVBoxLayout, QWidget

from netstudio.errors import OpenSizesError
from netstudio.gui.look import muted

OPEN = "?"  # a size that is to be said
WIDTH = 460


class SizesDialog(QDialog):
    """One input's sizes; `chosen` carries them as a tuple once they are all there."""

    chosen = Signal(object)

    def __init__(self, file: str, error: OpenSizesError, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setObjectName("dialog.sizes")
        self.setWindowTitle(self.tr("Sizes of {}").format(file))
        told = self.tr("{} does not say how large a sample of its input “{}” is. Write its sizes, without the batch:")
        about = QLabel(told.format(file, error.input), wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        known = [OPEN if n is None else str(n) for n in error.sizes or ()]
        self.sizes = QLineEdit(", ".join(known), placeholderText="3, 224, 224")
        self.sizes.setObjectName("sizes.text")
        self.sizes.setAccessibleName(self.tr("Sizes"))
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 12)
        column.setSpacing(8)
        column.addWidget(about)
        column.addWidget(self.sizes)
        column.addWidget(muted(self.tr("In the order of the file: an ONNX image has its channels first.")))
        column.addWidget(self.buttons)
        self.setFixedWidth(WIDTH)
        self.sizes.textChanged.connect(lambda _text: self._check())
        self._check()
        self._select_first_open()

    def accept(self) -> None:
        sizes = self._read()
        if sizes:
            super().accept()
            self.chosen.emit(sizes)

    def _select_first_open(self) -> None:
        at = self.sizes.text().find(OPEN)
        if at >= 0:
            self.sizes.setSelection(at, len(OPEN))

    def _check(self) -> None:
        self.buttons.button(QDialogButtonBox.StandardButton.Ok).setEnabled(bool(self._read()))

    def _read(self) -> tuple[int, ...]:
        """The sizes; none while one is missing or is no whole number of 1 or more."""
        parts = [p.strip() for p in self.sizes.text().replace("×", ",").split(",")]
        right = all(p.isdecimal() and int(p) > 0 for p in parts)
        return tuple(map(int, parts)) if right else ()
