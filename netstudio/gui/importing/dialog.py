"""Data of one's own, step by step: choose, look, correct what was guessed, use."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QCoreApplication, QSize, Qt, Signal
from PySide6.QtGui import QCloseEvent, QKeyEvent
from PySide6.QtWidgets import QComboBox, QDialog, QHBoxLayout, QLabel, QPushButton, QTabWidget, QVBoxLayout, QWidget

from netstudio.data.places import named_from
from netstudio.data.settings.columns import IGNORE
from netstudio.graph import Graph
from netstudio.gui.file_drops import FileDrops
from netstudio.gui.importing.augment_page import AugmentPage
from netstudio.gui.importing.columns_model import unread
from netstudio.gui.importing.columns_page import ColumnsPage
from netstudio.gui.importing.draft import Draft
from netstudio.gui.importing.found import Found
from netstudio.gui.importing.source_page import SourcePage
from netstudio.gui.importing.split_page import SplitPage
from netstudio.gui.importing.starter import Feed
from netstudio.gui.importing.use import use
from netstudio.gui.look import set_property
from netstudio.gui.session import Session
from netstudio.training.settings import TrainingSettings

SIZE = QSize(1040, 680)
WAIT_SECONDS = 3.0
NEW, THIS = "new", "this"


class ImportDialog(QDialog):
    """Works on a draft of the data block; `used` comes when the document has taken it over."""

    used = Signal()

    def __init__(self, session: Session, source: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("import")
        self.setWindowTitle(self.tr("Import data"))
        self.session = session
        block = {} if source else session.graph.data
        seed = session.graph.training.get("seed", TrainingSettings.seed.default)
        self.draft = Draft(block, session.folder, seed)
        self.source_page = SourcePage(self.draft)
        self.columns_page = ColumnsPage(self.draft)
        self.split_page = SplitPage(self.draft)
        self.augment_page = AugmentPage(self.draft)
        self.steps = QTabWidget()
        self.steps.setObjectName("import.steps")
        self._lay_out()
        self.draft.changed.connect(self._show_state)
        self.draft.read.connect(self._on_read)
        FileDrops(self, lambda path: self.draft.open(named_from(path, session.folder)))
        self._show_state()
        if source:
            self.draft.open(source)
        elif block:
            self.draft.reread()

    def use(self) -> None:
        """Make the draft the document's data, as one step that can be undone."""
        found = self.draft.found
        if found is None:
            return
        graph, block = self._graph(), self.draft.block
        if self.into.currentData() == NEW and self.session.graph.nodes:
            block = {**block, "source": in_full(self.draft.source, self.session.folder)}
            self.session.new()
        if self.session.apply(use(graph, block, found)):
            self.used.emit()
            self.accept()

    def done(self, result: int) -> None:
        """Whatever is still being read is forgotten."""
        for worker in (self.draft, self.split_page.counter, self.augment_page.worker, self.source_page.table.sorter):
            worker.wait(WAIT_SECONDS)
        super().done(result)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Return ends what is typed into a field; it does not use the data unasked."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            event.accept()
        else:
            super().keyPressEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        self.done(QDialog.DialogCode.Rejected)
        event.accept()

    def _graph(self) -> Graph:
        """What the data are for."""
        return Graph() if self.into.currentData() == NEW else self.session.graph

    def _on_read(self) -> None:
        useful = (True, self.columns_page.useful, True, self.augment_page.useful)
        for place, wanted in enumerate(useful):
            self.steps.setTabVisible(place, place == 0 or (self.draft.found is not None and wanted))
        self._show_state()

    def _show_state(self) -> None:
        """What would happen, or what is in the way."""
        found, error = self.draft.found, self.draft.error
        ready = found is not None and not self.draft.busy
        problem = error or (found.problem if found is not None else "")
        if self.draft.busy:
            text = self.tr("Reading {} …").format(self.draft.source)
        else:
            text = problem or (self._outcome(found) if found is not None else "")
        self.outcome.setText(text)
        self.outcome.setToolTip(text)
        set_property(self.outcome, "role", "error" if problem and not self.draft.busy else "muted")
        self.use_button.setEnabled(ready and not problem)
        last = self._next_step() is None
        self.next_button.setEnabled(found is not None and not last)
        self.back_button.setEnabled(self.steps.currentIndex() > 0)

    def _outcome(self, found: Found) -> str:
        goal = found.goal
        if goal is None:
            return ""
        classes = self.tr("{} classes").format(goal.classes) if goal.classes else self.tr("a number")
        text = self.tr("Predicts {} ({}) from {}").format(goal.name, classes, _told(found))
        text += self._left_out(found)
        made = use(self._graph(), self.draft.block, found)
        if made.first is not None:
            return text + self.tr("\nFirst network: {}").format(made.first.told)
        changes = ", ".join(edit.title for edit in made.repairs)
        return text + (self.tr("\nIn the graph: {}").format(changes) if changes else "")

    def _left_out(self, found: Found) -> str:
        """Which columns people may miss, and where they find why."""
        said = self.draft.block.get("columns", {})
        names = [
            c.name
            for c in found.description.columns
            if unread(c) and said.get(c.name, {}).get("role", c.role) == IGNORE
        ]
        return self.tr("; without {}: see Columns").format(", ".join(names)) if names else ""

    def _next_step(self) -> int | None:
        later = range(self.steps.currentIndex() + 1, self.steps.count())
        return next((i for i in later if self.steps.isTabVisible(i)), None)

    def _go(self, forward: bool) -> None:
        earlier = reversed(range(self.steps.currentIndex()))
        step = self._next_step() if forward else next((i for i in earlier if self.steps.isTabVisible(i)), None)
        if step is not None:
            self.steps.setCurrentIndex(step)

    def _lay_out(self) -> None:
        for page, title in (
            (self.source_page, self.tr("Source")),
            (self.columns_page, self.tr("Columns")),
            (self.split_page, self.tr("Split")),
            (self.augment_page, self.tr("Augmentation")),
        ):
            self.steps.addTab(page, title)
        for place in range(1, self.steps.count()):
            self.steps.setTabVisible(place, False)
        self.steps.setDocumentMode(True)
        self.steps.currentChanged.connect(lambda _at: self._show_state())
        self.outcome = QLabel()
        self.outcome.setObjectName("import.outcome")
        self.outcome.setWordWrap(True)
        self.outcome.setMinimumHeight(2 * self.fontMetrics().lineSpacing())
        self.into = QComboBox()
        self.into.setObjectName("import.into")
        self.into.addItem(self.tr("into this graph"), THIS)
        self.into.addItem(self.tr("as a new graph"), NEW)
        self.into.setCurrentIndex(0 if self.session.graph.nodes else 1)
        self.into.setVisible(bool(self.session.graph.nodes))
        self.into.activated.connect(lambda _at: self._show_state())
        self.back_button = QPushButton(self.tr("Back"))
        self.back_button.setObjectName("import.back")
        self.back_button.clicked.connect(lambda: self._go(False))
        self.next_button = QPushButton(self.tr("Next"))
        self.next_button.setObjectName("import.next")
        self.next_button.clicked.connect(lambda: self._go(True))
        self.use_button = QPushButton(self.tr("Use these data"))
        self.use_button.setObjectName("import.use")
        self.use_button.setDefault(True)
        self.use_button.clicked.connect(self.use)
        bar = QHBoxLayout()
        bar.setContentsMargins(16, 8, 16, 12)
        bar.setSpacing(8)
        bar.addWidget(self.outcome, 1)
        for widget in (self.into, self.back_button, self.next_button, self.use_button):
            bar.addWidget(widget)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.steps, 1)
        column.addLayout(bar)
        self.resize(SIZE)


def in_full(source: str, folder: Path | None) -> str:
    """What a document that stands nowhere yet calls a source of one in `folder`."""
    there = folder is not None and "\0" not in source and (folder / source).exists()
    return str((folder / source).resolve()) if folder is not None and there else source


def _told(found: Found) -> str:
    """What the network would see: "9 numbers", "image 8×8×1 and review (64 tokens)"."""

    def told(feed: Feed) -> str:
        shape = "×".join(map(str, feed.shape))
        if feed.field == "features":
            return _tr("{} numbers").format(shape) if shape != "1" else _tr("1 number")
        return (
            _tr("{} ({} tokens)").format(feed.field, shape) if feed.ids and shape else f"{feed.field} {shape}".strip()
        )

    return _tr(" and ").join(map(told, found.feeds))


def _tr(text: str) -> str:
    return QCoreApplication.translate("ImportDialog", text)
