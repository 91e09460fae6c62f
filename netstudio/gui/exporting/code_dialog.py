"""The model as code: look at it in each library, copy it, or save it with its weights."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtGui import QFontDatabase, QGuiApplication, QKeySequence
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QPlainTextEdit, QPushButton, QTabBar, QVBoxLayout, QWidget

from netstudio.exports.forms import CODE, Form
from netstudio.gui.background import Background
from netstudio.gui.exporting.exporter import Exporter
from netstudio.gui.exporting.python_colours import PythonColours
from netstudio.gui.exporting.work import PROGRAMS, Preview, module_name, preview
from netstudio.gui.look import muted, set_property
from netstudio.gui.theme import current_theme

SIZE = QSize(860, 680)
WAIT_SECONDS = 3.0
KINDS = f"Python (*{CODE})"


class CodeDialog(QDialog):
    """One tab a library. `pick_save` asks where to, and gives "" where nothing was chosen."""

    def __init__(self, exporter: Exporter, pick_save: Callable[[str, str], str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setObjectName("dialog.code")
        self.setWindowTitle(self.tr("Export Code"))
        self.exporter, self._pick_save = exporter, pick_save
        self._model, self._stem = exporter.session.document.model, module_name(exporter.session.graph.name)
        self._made: dict[str, Preview | str] = {}
        self._asked: Form = PROGRAMS[0]
        self.worker = Background(self)
        self.worker.done.connect(lambda made: self._on_made(made.form, made))
        self.worker.failed.connect(lambda error: self._on_made(self._asked, str(error)))
        self._lay_out()
        exporter.written.connect(self._on_written)
        exporter.failed.connect(lambda text: self._say(text, "error"))
        self._show()

    @property
    def form(self) -> Form:
        """The library that is shown."""
        return PROGRAMS[self.forms.currentIndex()]

    def copy(self) -> None:
        """Put the code on the clipboard."""
        QGuiApplication.clipboard().setText(self.code.toPlainText())
        self._say(self.tr("Copied. The weights come with Save …"))

    def save(self) -> None:
        """Ask where to, and write the code and the weights."""
        chosen = self._pick_save(f"{self._stem}{CODE}", KINDS)
        if chosen:
            path = Path(chosen)
            self.exporter.export(path if path.suffix else path.with_suffix(CODE), self.form.name)

    def done(self, result: int) -> None:
        """What is still being written for the eye is forgotten."""
        self.worker.wait(WAIT_SECONDS)
        super().done(result)

    def _show(self) -> None:
        """Show the library's code, or begin to make it."""
        self.doc.setText(self.form.doc)
        made = self._made.get(self.form.name)
        if made is None:
            self._show_text("")
            if not self.worker.busy:
                form = self._asked = self.form
                self.worker.start(lambda: preview(self._model, form, self._stem))
            self._say(self.tr("Writing …"))
        elif isinstance(made, str):
            self._show_text("")
            self._say(made, "error")
        else:
            self._show_text(made.text)
            self._say("\n".join(note[:1].upper() + note[1:] + "." for note in made.notes), "warning")

    def _on_made(self, form: Form, made: Preview | str) -> None:
        self._made[form.name] = made
        self._show()

    def _show_text(self, text: str) -> None:
        if text != self.code.toPlainText():
            self.code.setPlainText(text)
        for button in (self.copy_button, self.save_button):
            button.setEnabled(bool(text))

    def _on_written(self, text: str) -> None:
        self._say(text)

    def _say(self, text: str, role: str = "muted") -> None:
        self.said.setText(text)
        set_property(self.said, "role", role)

    def _lay_out(self) -> None:
        self.forms = QTabBar()
        self.forms.setObjectName("code.forms")
        self.forms.setExpanding(False)
        self.forms.setDrawBase(False)
        for form in PROGRAMS:
            self.forms.addTab(form.title)
        self.forms.currentChanged.connect(lambda _at: self._show())
        self.doc = muted()
        self.code = QPlainTextEdit()
        self.code.setObjectName("code.text")
        self.code.setAccessibleName(self.tr("The code"))
        self.code.setReadOnly(True)
        self.code.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.code.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.code.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.colours = PythonColours(self.code.document(), current_theme())
        self.said = QLabel(wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        self.said.setObjectName("code.said")
        self.copy_button = self._button("copy", self.tr("Copy"), self.copy)
        self.save_button = self._button("save", self.tr("Save …"), self.save)
        self.save_button.setDefault(True)
        self.save_button.setShortcut(QKeySequence.StandardKey.Save)
        close = self._button("close", self.tr("Close"), self.reject)
        bar = QHBoxLayout()
        bar.setSpacing(8)
        bar.addWidget(self.said, 1)
        for button in (close, self.copy_button, self.save_button):
            bar.addWidget(button, 0, Qt.AlignmentFlag.AlignBottom)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 8, 16, 12)
        column.setSpacing(8)
        column.addWidget(self.forms)
        column.addWidget(self.doc)
        column.addWidget(self.code, 1)
        column.addLayout(bar)
        self.resize(SIZE)
        QTimer.singleShot(0, self.code.setFocus)

    def _button(self, name: str, text: str, do: Callable[[], object]) -> QPushButton:
        button = QPushButton(text)
        button.setObjectName(f"code.{name}")
        button.setAutoDefault(False)
        button.clicked.connect(do)
        return button
