"""The model asked about new samples: choose a file, look at the answers, save them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from netstudio.errors import NetStudioError
from netstudio.gui.background import Background
from netstudio.gui.figures import figure, number
from netstudio.gui.file_drops import FileDrops
from netstudio.gui.look import muted, set_property
from netstudio.gui.panels.tables import fill, table

if TYPE_CHECKING:
    from netstudio.training.predictions import Predictions

SIZE = QSize(760, 520)
WAIT_SECONDS = 3.0
MOST_ROWS, MOST_COLUMNS = 1000, 40  # that are shown; the file has them all
TABLE, ARRAYS = ".csv", ".npz"
KINDS = f"Table (*{TABLE});;Arrays (*{ARRAYS})"


class PredictDialog(QDialog):
    """Asks `model`. `pick_file` and `pick_folder` ask for the samples, `pick_save` where to; "" is none chosen."""

    def __init__(
        self,
        model: Any,
        pick_file: Callable[[], str],
        pick_folder: Callable[[], str],
        pick_save: Callable[[str, str], str],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setObjectName("dialog.predict")
        self.setWindowTitle(self.tr("Predict: {}").format(model.graph.name))
        self._model, self._pick_save = model, pick_save
        self._path = Path()
        self._found: Predictions | None = None
        self.worker = Background(self)
        self.worker.done.connect(self._on_done)
        self.worker.failed.connect(self._on_failed)
        self._lay_out(pick_file, pick_folder)
        FileDrops(self, self.ask)
        self._show(None, self.tr("Nothing was asked yet: choose a file, or drop one here."))

    def ask(self, path: Path) -> None:
        """Predict for the samples in a file or a folder; the answers of the one before are forgotten."""
        self._path = path
        model = self._model
        self._show(None, self.tr("Reading {} …").format(path.name))

        def work() -> Predictions:
            from netstudio.training.predictions import predict_file  # the engine takes a while to import

            return predict_file(model, path)

        self.worker.start(work)

    def save(self) -> None:
        """Ask where to, and write the answers."""
        chosen = self._pick_save(f"{self._path.stem} predicted{TABLE}", KINDS)
        if not chosen or self._found is None:
            return
        path = Path(chosen)
        if path.suffix.lower() not in (TABLE, ARRAYS):
            path = path.with_name(path.name + TABLE)
        try:
            (self._found.write_npz if path.suffix.lower() == ARRAYS else self._found.write_csv)(path)
        except (NetStudioError, OSError) as error:
            self._say(str(error), "error")
        else:
            self._say(self.tr("The predictions are in {}.").format(path))

    def done(self, result: int) -> None:
        """What is still being predicted is forgotten."""
        self.worker.wait(WAIT_SECONDS)
        super().done(result)

    def _choose(self, pick: Callable[[], str]) -> None:
        chosen = pick()
        if chosen:
            self.ask(Path(chosen))

    def _on_done(self, found: Predictions) -> None:
        rows = len(found.names)
        told = self.tr("{}: {} samples.").format(self._path.name, number(rows))
        if rows > MOST_ROWS:
            told += " " + self.tr("The first {} are shown; Save writes all.").format(number(MOST_ROWS))
        self._show(found, told)

    def _on_failed(self, error: Exception) -> None:
        known = isinstance(error, (NetStudioError, OSError))
        self._show(None, str(error) if known else self.tr("Could not predict: {!r}").format(error), "error")

    def _show(self, found: Predictions | None, told: str, role: str = "muted") -> None:
        self._found = found
        self.save_button.setEnabled(found is not None)
        columns = dict(islice(found.columns().items(), MOST_COLUMNS)) if found is not None else {}
        fill(self.answers, list(columns), list(_rows(columns)))
        self._say(told, role)

    def _say(self, text: str, role: str = "muted") -> None:
        self.said.setText(text)
        set_property(self.said, "role", role)

    def _lay_out(self, pick_file: Callable[[], str], pick_folder: Callable[[], str]) -> None:
        about = muted(
            self.tr(
                "Takes a table with the columns that the model learnt from, in any order; arrays; an image or a sound; "
                "or a folder of them."
            )
        )
        file = self._button("file", self.tr("File …"), lambda: self._choose(pick_file))
        folder = self._button("folder", self.tr("Folder …"), lambda: self._choose(pick_folder))
        top = QHBoxLayout()
        top.setSpacing(8)
        top.addWidget(about, 1)
        for button in (file, folder):
            top.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
        self.answers = table(self.tr("Predictions"))
        self.answers.horizontalHeader().setStretchLastSection(False)
        self.said = QLabel(wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        self.said.setObjectName("predict.said")
        close = self._button("close", self.tr("Close"), self.reject)
        self.save_button = self._button("save", self.tr("Save …"), self.save)
        bottom = QHBoxLayout()
        bottom.setSpacing(8)
        bottom.addWidget(self.said, 1)
        for button in (close, self.save_button):
            bottom.addWidget(button, 0, Qt.AlignmentFlag.AlignBottom)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 16, 12)
        column.setSpacing(8)
        column.addLayout(top)
        column.addWidget(self.answers, 1)
        column.addLayout(bottom)
        self.resize(SIZE)

    def _button(self, name: str, text: str, do: Callable[[], object]) -> QPushButton:
        button = QPushButton(text)
        button.setObjectName(f"predict.{name}")
        button.setAutoDefault(False)
        button.clicked.connect(do)
        return button


def _rows(columns: dict[str, list[Any]]) -> Iterator[list[str]]:
    """The first rows as texts."""
    shown = islice(zip(*columns.values(), strict=True), MOST_ROWS)
    return ([figure(v) if isinstance(v, float) else str(v) for v in row] for row in shown)
