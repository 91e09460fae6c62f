"""New, Open, Save and Export, with their questions. Nothing here blocks: a question goes on when it is answered."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog, QMessageBox

from netstudio.errors import OpenSizesError
from netstudio.exports.forms import Form
from netstudio.gui.document import LONG_SECONDS, Document
from netstudio.gui.exporting.code_dialog import CodeDialog
from netstudio.gui.exporting.exporter import Exporter
from netstudio.gui.exporting.work import FILES
from netstudio.gui.figures import duration
from netstudio.gui.model_import import SUFFIXES, ModelImport, Sizes
from netstudio.gui.model_sizes import SizesDialog
from netstudio.gui.predicting.dialog import PredictDialog

if TYPE_CHECKING:
    from netstudio.gui.window import MainWindow

Button = QMessageBox.StandardButton
Then = Callable[[], object]
GRAPH = ".json"
GRAPHS = f"Graphs (*{GRAPH})"
OPENED = "Graphs and models (*.json *.npz *.onnx)"
MODELS = "Models (*.onnx *.npz)"
LONGEST_STEM = 80  # characters of a file's name


class Documents(QObject):
    """The commands on files. `pick_open` and `pick_save` ask for a path and give "" where none was chosen.

    `pick_save` takes what to begin with, a name or a whole path, and the kinds of files that there are.
    """

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self.window, self.session = window, window.session
        self.pick_open: Callable[[], str] = self._dialog_open
        self.pick_save: Callable[[str, str], str] = self._dialog_save
        self.pick_model: Callable[[], str] = self._dialog_model
        self.pick_samples: Callable[[], str] = self._dialog_samples
        self.pick_folder: Callable[[], str] = self._dialog_folder
        self.exporter = Exporter(self.session, self)
        self.importer = ModelImport(self.session, self)
        self.importer.opened.connect(window.settings.add_recent)
        self.importer.sizes_wanted.connect(self._ask_for_sizes)

    def new(self) -> None:
        self.session.new()

    def open(self, path: Path | str | None = None) -> None:
        """Open `path`, or the file that a dialog asks for, a graph or a model, in a tab of its own."""
        chosen = path or self.pick_open()
        if chosen and Path(chosen).suffix.lower() in SUFFIXES:
            self.importer.start(Path(chosen))
        elif chosen and self.session.files.open(Path(chosen)):
            self.window.settings.add_recent(Path(chosen))

    def import_model(self, path: Path | str | None = None) -> None:
        """Import the model in `path`, or in the file that a dialog asks for, in a tab of its own."""
        chosen = path or self.pick_model()
        if chosen:
            self.importer.start(Path(chosen))

    def open_sample(self, path: Path) -> None:
        """Open a sample as a document of its own: Save asks where to, the data stay beside the sample."""
        self.session.files.open(path, as_copy=True)

    def close(self, document: Document | None = None) -> None:
        """Close a document's tab, asking first where it trains or something is unsaved."""
        gone = document or self.session.document
        self.when_stopped(lambda: self.when_saved(gone, lambda: self._close(gone)), gone)

    def save(self) -> bool:
        """Save to the document's file; without one, ask for it."""
        path = self.session.path
        if path is None:
            return self.save_as()
        if self.session.document.file_changed and path.exists():
            self.window.safety.files.check()
            self.session.message.emit("warning", self.tr("Not saved: {} was changed by another program.").format(path))
            return False
        return self._save(path)

    def save_as(self) -> bool:
        start = str(self.session.path or f"{file_stem(self.session.graph.name)}.json")
        chosen = self.pick_save(start, GRAPHS)
        if not chosen:
            return False
        path = Path(chosen)
        if path.suffix.lower() != GRAPH:  # "digits v1.2" has a suffix too, but none that Open would list
            path = path.with_name(path.name + GRAPH)
            if path.exists():  # which nobody was asked about
                text = self.tr("Not saved: {} is there already. Choose it by its whole name to write over it.")
                self.session.message.emit("error", text.format(path))
                return False
        return self._save(path)

    def export_model(self) -> None:
        """Write the document's model in the form of the suffix that is chosen."""
        path = self._pick_export()
        if path is not None:
            self.exporter.export(path)

    def _pick_export(self) -> Path | None:
        """Ask where the document's model goes to."""
        document = self.session.document
        path = Path(self.pick_save(document.path.stem if document.path else file_stem(document.title), kinds_of(FILES)))
        if path == Path():
            return None
        return path if path.suffix else path.with_suffix(FILES[0].suffixes[0])

    def export_code(self) -> None:
        """Show the document's model as code, to copy or to save."""
        CodeDialog(self.exporter, self.pick_save, self.window).open()

    def predict(self) -> None:
        """Ask the document's model about samples in files."""
        PredictDialog(
            self.session.document.model, self.pick_samples, self.pick_folder, self.pick_save, self.window
        ).open()

    def when_saved(self, document: Document, then: Then) -> None:
        """Do `then` at once where nothing of `document` is unsaved; else ask whether to save first.

        Its changes are asked about, then its model.
        """
        if not document.modified:
            self._when_kept(document, then)
            return
        box = self._question("unsaved")
        if box is None:
            return
        self.session.show(document)
        box.setText(self.tr("Save the changes to “{}”?").format(document.title))
        box.setInformativeText(self.tr("Without saving they are lost."))
        box.setStandardButtons(Button.Save | Button.Discard | Button.Cancel)
        box.setDefaultButton(Button.Save)
        go_on = partial(self._when_kept, document, then)
        _ask(box, {Button.Save: lambda: go_on() if self.save() else None, Button.Discard: go_on})

    def _when_kept(self, document: Document, then: Then) -> None:
        """Do `then` at once unless the document's model took long to train and is in no file; else ask about it."""
        if not (document.model_unkept and document.model_seconds >= LONG_SECONDS):
            then()
            return
        box = self._question("model")
        if box is None:
            return
        self.session.show(document)
        took = duration(document.model_seconds)
        box.setText(self.tr("Save the model of “{}”?").format(document.title))
        box.setInformativeText(
            self.tr("It took {} to train, and is in no file. Without saving it is lost.").format(took)
        )
        box.setStandardButtons(Button.Save | Button.Discard | Button.Cancel)
        box.setDefaultButton(Button.Save)
        _ask(box, {Button.Save: lambda: then() if self._keep_model(document) else None, Button.Discard: then})

    def _keep_model(self, document: Document) -> bool:
        """Ask where to, and write the document's model at once; whether it is written."""
        path = self._pick_export()
        return path is not None and self.exporter.save(path, document)

    def when_all_saved(self, then: Then, documents: Sequence[Document] | None = None) -> None:
        """Do `then` when all the documents were asked about, one after the other."""
        left = list(self.session.documents if documents is None else documents)
        if not left:
            then()
        else:
            self.when_saved(left[0], lambda: self.when_all_saved(then, left[1:]))

    def when_stopped(self, then: Then, document: Document | None = None) -> None:
        """Do `then` at once where nothing trains, or not `document`; else ask once whether to stop training."""
        training = self.session.in_training
        if training is None or document not in (None, training):
            then()
            return
        box = self._question("training")
        if box is None:
            return
        box.setText(self.tr("Stop training and close?"))
        box.setInformativeText(self.tr("The model as trained so far is lost unless you export it."))
        box.setStandardButtons(Button.Yes | Button.No)
        box.setDefaultButton(Button.No)
        _ask(box, {Button.Yes: then})

    def _close(self, document: Document) -> None:
        if self.session.in_training is document:
            self.session.stop()
        self.session.close(document)

    def _ask_for_sizes(self, path: Path, said: Sizes, error: OpenSizesError) -> None:
        """Ask for the sizes that a model leaves open, and read it again with them."""
        ask = SizesDialog(path.name, error, self.window)
        ask.chosen.connect(lambda sizes: self.importer.start(path, {**said, error.input: sizes}))
        ask.open()

    def _question(self, about: str) -> QMessageBox | None:
        """A box for a question, named "question.<about>"; None where that question stands there already."""
        name = f"question.{about}"
        if any(box.isVisible() for box in self.window.findChildren(QMessageBox, name)):
            return None
        box = QMessageBox(self.window)
        box.setObjectName(name)
        box.setIcon(QMessageBox.Icon.Question)
        return box

    def _save(self, path: Path) -> bool:
        saved = self.session.files.save(path)
        if saved:
            self.window.settings.add_recent(path)
            self._tell_saved(path)
        return saved

    def _tell_saved(self, path: Path) -> None:
        """Say where the graph is; and that its model is not in there, which only few expect."""
        document, subject = self.session.document, f"weights.{path}"
        self.window.notices.drop(subject)
        told = self.tr("Saved to {}.").format(path)
        if not document.model_unkept:
            self.session.message.emit("info", told)
            return
        alone = self.tr("That is the graph alone: Export Model keeps the trained weights.")
        self.session.message.emit("info", f"{told} {alone}")
        if document.weights:
            text = self.tr("{} holds the graph alone. The weights it was imported with last while this tab is open.")
            keep = (self.tr("Keep them …"), lambda: self._export_of(document))
            self.window.notices.tell(subject, text.format(path.name), (keep,))

    def _export_of(self, document: Document) -> None:
        if document in self.session.documents:
            self.session.show(document)
            self.export_model()

    def _dialog_open(self) -> str:
        return self._dialog_read(self.tr("Open a graph or a model"), OPENED)

    def _dialog_model(self) -> str:
        return self._dialog_read(self.tr("Import a model"), MODELS)

    def _dialog_samples(self) -> str:
        return self._dialog_read(self.tr("Choose samples"), "")

    def _dialog_folder(self) -> str:
        title = self.tr("Choose a folder of samples")
        return self._noted(QFileDialog.getExistingDirectory(self.window, title, str(self.window.settings.folder)))

    def _dialog_read(self, title: str, kinds: str) -> str:
        """Ask for a file, where the last one was chosen."""
        chosen = QFileDialog.getOpenFileName(self.window, title, str(self.window.settings.folder), kinds)[0]
        return self._noted(chosen)

    def _dialog_save(self, start: str, kinds: str) -> str:
        """Ask where to: beside the document's file, or where the last file was chosen."""
        beside = self.session.path.parent if self.session.path else self.window.settings.folder
        dialog = QFileDialog(self.window, self.tr("Save"), str((beside / start).parent), kinds)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix(_suffix(dialog.selectedNameFilter()))  # so that it asks before it writes over a file
        dialog.filterSelected.connect(lambda kind: dialog.setDefaultSuffix(_suffix(kind)))
        dialog.selectFile(Path(start).name)
        return self._noted(dialog.selectedFiles()[0]) if dialog.exec() else ""

    def _noted(self, chosen: str) -> str:
        """Remember the folder of the file that was chosen, if one was."""
        if chosen:
            self.window.settings.folder = Path(chosen).parent
        return chosen


def file_stem(name: str) -> str:
    """A graph's name as the name of a file, less its suffix, on any system."""
    return re.sub(r"\s*[\x00-\x1f\\/:*?\"<>|.]+\s*", "_", name).strip("_ ")[:LONGEST_STEM] or "graph"


def kinds_of(forms: Sequence[Form]) -> str:
    """The forms as a dialog lists them: "ONNX (*.onnx);;Keras (*.keras)"."""
    return ";;".join(f"{form.title} (*{form.suffixes[0]})" for form in forms)


def _suffix(kind: str) -> str:
    """The suffix of what was chosen from such a list."""
    return kind.rpartition("(*")[2].rstrip(")")


def _ask(box: QMessageBox, answers: dict[Button, Then]) -> None:
    """Show `box` without blocking, and do what belongs to the button that is pressed."""
    box.finished.connect(lambda _result: answers.get(box.standardButton(box.clickedButton()), lambda: None)())
    box.finished.connect(box.deleteLater)
    box.open()
