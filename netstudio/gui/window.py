"""The main window: the panels around the canvas, and the actions."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

from PySide6.QtCore import QEvent, QTimer
from PySide6.QtGui import QCloseEvent, QShowEvent
from PySide6.QtWidgets import QDockWidget, QMainWindow, QStackedWidget, QVBoxLayout, QWidget

from netstudio.catalogue import EXTENSIONS
from netstudio.data.places import named_from
from netstudio.graph.nested import COMPOSITE
from netstudio.gui.actions import bind_actions, colour_actions, make_actions, refresh_actions
from netstudio.gui.background import Background
from netstudio.gui.bars import make_menus, make_toolbar
from netstudio.gui.bindings import Bindings
from netstudio.gui.block_library import BlockLibrary
from netstudio.gui.canvas import CanvasPanel
from netstudio.gui.charts.panel import ChartsPanel
from netstudio.gui.docks import Area, arrange, dock
from netstudio.gui.documents import Documents
from netstudio.gui.file_drops import FileDrops
from netstudio.gui.model_import import holds_model
from netstudio.gui.notices import Notices
from netstudio.gui.panels.data import DataPanel
from netstudio.gui.panels.evaluation import EvaluationPanel
from netstudio.gui.panels.inspector import InspectorPanel
from netstudio.gui.panels.log import LogPanel
from netstudio.gui.panels.model import ModelPanel
from netstudio.gui.panels.palette import PalettePanel
from netstudio.gui.panels.problems import ProblemsPanel
from netstudio.gui.panels.runs import RunsPanel
from netstudio.gui.panels.shelf import Shelf
from netstudio.gui.progress_mark import ProgressMark
from netstudio.gui.safety import Safety
from netstudio.gui.searches import search_actions, search_nodes, search_types
from netstudio.gui.session import Session
from netstudio.gui.settings import Settings
from netstudio.gui.shortcuts import ShortcutsDialog
from netstudio.gui.start_page import StartPage
from netstudio.gui.status import StatusBar
from netstudio.gui.tabs import DocumentTabs
from netstudio.gui.theme import Theme, system_theme

STOP_SECONDS = 3.0  # how long closing waits for the worker
MESSAGE_MS = 6000
ERROR = "error"  # the subject of the notice of what went wrong last
WARM_UP_AFTER_MS = 100  # the window is painted first


class MainWindow(QMainWindow):
    """The window of one session. `documents` holds the commands on files, `docks` the docks by panel name."""

    session: Session
    documents: Documents
    canvas: CanvasPanel
    tabs: DocumentTabs
    theme: Theme
    minimap_shown: bool

    def __init__(self, session: Session | None = None, settings: Settings | None = None) -> None:
        super().__init__()
        self.session = session or Session(parent=self)
        self.settings = settings or Settings()
        self.theme = Theme.named(self.settings.theme) if self.settings.theme else system_theme()
        self.theme.apply()
        self.documents = Documents(self)
        self.minimap_shown = True
        self._shown = False
        self._warm_up = Background(self)
        self._closing = False
        self._make_panels()
        self._make_docks()
        self.bindings = Bindings(self.settings.shortcuts)
        self.actions_by_id = make_actions(self)
        bind_actions(self.actions_by_id, self.bindings)
        make_menus(self)
        self.toolbar = make_toolbar(self)
        self._connect()
        self._colour()
        self.setMinimumSize(800, 520)
        self.resize(1280, 800)
        FileDrops(self, self.take_file)
        self._restore()
        self._show_document()

    # Making

    def _make_panels(self) -> None:
        session = self.session
        self.canvas = CanvasPanel(session)
        self.canvas.view.snaps = self.settings.snap
        self.start_page = StartPage(session.catalogue, lambda: self.settings.recent)
        self.stack = QStackedWidget()
        self.stack.addWidget(self.start_page)
        self.stack.addWidget(self.canvas)
        self.tabs = DocumentTabs(session, self.documents.close)
        self.notices = Notices()
        self.safety = Safety(session, self.notices)
        self.setCentralWidget(_column(self.tabs, self.notices, self.stack))
        self.shelf = Shelf(self, self.settings.favourites, self.settings.added)
        self.library = BlockLibrary(self)
        self.palette_panel = PalettePanel(session.catalogue, self.add_node, self.shelf, self.library, self.add_block)
        self.inspector = InspectorPanel(session)
        self.charts = ChartsPanel(session)
        self.evaluation = EvaluationPanel(session)
        self.data = DataPanel(session)
        self.model_table = ModelPanel(session)
        self.runs = RunsPanel(session)
        self.problems = ProblemsPanel(session)
        self.log = LogPanel(session)
        for failure in EXTENSIONS.failures:
            self.log.add("warning", failure)
        self.status = StatusBar(session)
        self.setStatusBar(self.status)
        self.progress_mark = ProgressMark(session, self.canvas)

    def _make_docks(self) -> None:
        bottom: list[tuple[QWidget, str]] = [
            (self.charts, self.tr("Charts")),
            (self.evaluation, self.tr("Evaluation")),
            (self.data, self.tr("Data")),
            (self.model_table, self.tr("Model")),
            (self.runs, self.tr("Runs")),
            (self.problems, self.tr("Problems")),
            (self.log, self.tr("Log")),
        ]
        left = dock(self, self.palette_panel, self.tr("Palette"), Area.LeftDockWidgetArea)
        right = dock(self, self.inspector, self.tr("Inspector"), Area.RightDockWidgetArea)
        below = [dock(self, panel, title, Area.BottomDockWidgetArea) for panel, title in bottom]
        arrange(self, left, right, below)
        for one, panel in zip(below, (panel for panel, _title in bottom)):
            if isinstance(panel, (RunsPanel, DataPanel, ModelPanel)):
                one.visibilityChanged.connect(panel.set_seen)  # a tab behind another one counts as hidden
        self.docks: dict[str, QDockWidget] = {d.objectName().removeprefix("dock."): d for d in (left, right, *below)}

    def _connect(self) -> None:
        session = self.session
        for signal in (session.graph_changed, session.selection_changed, session.document_changed):
            signal.connect(self._show_document)
        for signal in (session.training_state_changed, session.history_changed, session.undo_changed):
            signal.connect(self.refresh_actions)
        session.message.connect(self._show_message)
        self.library.told.connect(session.message)
        session.training_state_changed.connect(self._on_training_state)
        self._warm_up.done.connect(self._on_warm)
        session.refused.connect(self._on_refused)
        session.data_missing.connect(self._on_data_missing)
        self.canvas.view.added.connect(self.shelf.note_added)
        self.shelf.changed.connect(self._keep_shelf)
        self.status.problems_wanted.connect(lambda: self.show_panel("problems"))
        self.problems.node_wanted.connect(self.canvas.center_on)
        self.data.import_wanted.connect(self.import_data)
        self.model_table.node_wanted.connect(self.canvas.center_on)
        self.start_page.sample_chosen.connect(self.documents.open_sample)
        self.start_page.file_chosen.connect(self.documents.open)
        self.start_page.data_wanted.connect(lambda: self.import_data())
        self.start_page.new_wanted.connect(self.documents.new)
        self.start_page.open_wanted.connect(self.documents.open)

    # What actions do

    def refresh_actions(self, _changed: object = None) -> None:
        refresh_actions(self, self.actions_by_id)

    def set_theme(self, theme: Theme) -> None:
        """Dress the window, at once."""
        self.theme = theme
        self.settings.theme = theme.name
        theme.apply()
        self._colour()

    def toggle_minimap(self) -> None:
        self.minimap_shown = not self.minimap_shown
        self.canvas.set_minimap_visible(self.minimap_shown)
        self.refresh_actions()

    def show_panel(self, name: str) -> None:
        """Bring a panel to the front: "problems", "charts", ..."""
        self.docks[name].show()
        self.docks[name].raise_()

    def take_file(self, path: Path) -> None:
        """What is dropped on the window: a document is opened, a model imported, anything else is data."""
        if path.suffix == ".json":
            self.documents.open(path)
        elif holds_model(path):
            self.documents.import_model(path)
        else:
            self.import_data(path)

    def import_data(self, path: Path | None = None) -> None:
        """Open the panel that leads from data to a graph for them, on `path` or on the document's own data."""
        from netstudio.gui.importing.dialog import ImportDialog  # the plots' library takes a while to import

        source = "" if path is None else named_from(path, self.session.folder)
        there = next((d for d in self.findChildren(ImportDialog) if d.isVisible()), None)
        if there is not None:  # several files were dropped at once: the last one it is
            there.draft.open(source)
            return
        dialog = ImportDialog(self.session, source, self)
        dialog.used.connect(self._on_used)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _on_used(self) -> None:
        self.canvas.fit_all()
        self.session.message.emit("info", self.tr("The data are in place: press Run to train on them."))

    def evaluate(self) -> None:
        """Judge the document's model on its data."""
        self.show_panel("evaluation")
        self.evaluation.evaluate()

    def show_commands(self) -> None:
        search_actions(self)

    def show_node_search(self) -> None:
        search_types(self)

    def show_find(self) -> None:
        search_nodes(self)

    def toggle_snap(self) -> None:
        """Whether nodes that are dragged land on the grid; remembered."""
        self.canvas.view.snaps = self.settings.snap = not self.canvas.view.snaps
        self.refresh_actions()

    def add_node(self, type_name: str) -> None:
        """Add a node in the middle of the canvas; without a document, of a new one."""
        if not self.session.is_open:
            self.session.new()
        self.canvas.adding.add_at_center(type_name)

    def add_block(self, name: str) -> None:
        """Add a copy of a block that the user keeps; without a document, to a new one."""
        if not self.session.is_open:
            self.session.new()
        self.canvas.adding.add_block(self.library.blocks[name])

    def keep_block(self) -> None:
        """Ask under which name the selected block is to be kept among My Blocks."""
        nodes = self.session.here.graph.nodes
        for id in self.session.selection:
            if nodes[id].type == COMPOSITE:
                self.library.ask_to_keep(nodes[id])

    def show_node_help(self) -> None:
        """Show the documentation of the selected node, which stands below its parameters."""
        self.show_panel("inspector")
        self.inspector.scroll_to_documentation()

    def show_shortcuts(self) -> None:
        ShortcutsDialog(self.bindings, self._on_bound, self).open()

    def _on_bound(self) -> None:
        bind_actions(self.actions_by_id, self.bindings)
        self.settings.shortcuts = self.bindings.own

    # Following the session

    def _colour(self) -> None:
        colour_actions(self.actions_by_id, self.theme)
        for part in self._themed():
            part.apply_theme(self.theme)

    def _themed(self) -> list[Any]:
        bottom = [self.charts, self.evaluation, self.data, self.runs, self.problems, self.log]
        return [self.canvas, self.start_page, self.palette_panel, self.inspector, *bottom]

    def _show_document(self, _changed: object = None) -> None:
        session = self.session
        shown = self.canvas if session.is_open else self.start_page
        if self.stack.currentWidget() is not shown:
            self.stack.setCurrentWidget(shown)
            self.start_page.refresh()
            if session.is_open:
                self.canvas.setFocus()
        self.setWindowTitle(f"{session.document.title}[*] — NetStudio" if session.is_open else "NetStudio[*]")
        self.setWindowModified(session.modified)
        self.refresh_actions()

    def _keep_shelf(self) -> None:
        self.settings.favourites, self.settings.added = self.shelf.favourites, self.shelf.added

    def _show_message(self, level: str, text: str) -> None:
        """In the status bar; what went wrong stands above the canvas too, until it is dismissed or something works."""
        if level == "error":
            self.notices.tell(ERROR, text, sign="error")
        elif level == "info":
            self.notices.drop(ERROR)
        self.status.showMessage(text.partition("\n")[0], MESSAGE_MS if level == "info" else 2 * MESSAGE_MS)

    def _on_refused(self) -> None:
        """The reason stands in the list of problems."""
        self.notices.drop(ERROR)
        self.show_panel("problems")

    def _on_data_missing(self, text: str) -> None:
        answers = ((self.actions_by_id["data.import"].text(), self.import_data),)
        self.notices.tell(ERROR, text, answers, "error")

    def _on_training_state(self, state: str) -> None:
        if state == "compiling":
            self.notices.drop(ERROR)
            self.show_panel("charts")

    # Opening and closing

    def _restore(self) -> None:
        self.restoreGeometry(self.settings.blob("geometry"))
        self.restoreState(self.settings.blob("docks"))

    def showEvent(self, event: QShowEvent) -> None:
        """The first time: once the window is up, import what Run and the charts need beside it."""
        super().showEvent(event)
        if not self._shown:
            self._shown = True
            QTimer.singleShot(0, self, self.safety.offer)
            QTimer.singleShot(WARM_UP_AFTER_MS, self, lambda: self._warm_up.start(_import_the_rest))

    def _on_warm(self, _done: object) -> None:
        from netstudio.engine.lower import multiply_adds_of  # imported already, beside the window

        self.charts.prepare()
        self.library.load()
        self.inspector.count_with(multiply_adds_of)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Ask about a run and about unsaved changes, each at most once; then stop the worker and go."""
        if self._closing or not (self.session.training.active or any(d.unsaved for d in self.session.documents)):
            self._finish()
            event.accept()
            return
        event.ignore()
        self.documents.when_stopped(lambda: self.documents.when_all_saved(self.close_now))

    def close_now(self) -> None:
        """Close without a question."""
        self._closing = True
        self.close()

    def changeEvent(self, event: QEvent) -> None:
        """Back from another program, which may have changed a file."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.ActivationChange and self.isActiveWindow():
            self.safety.files.check()

    def _finish(self) -> None:
        self.safety.end()
        self.settings.set_blob("geometry", self.saveGeometry())
        self.settings.set_blob("docks", self.saveState())
        self.settings.sync()
        self.session.training.wait(STOP_SECONDS)
        self.documents.importer.wait()
        self.documents.exporter.wait()
        for worker in (self.data, self.evaluation.predictor, self.model_table, self._warm_up):
            worker.wait(STOP_SECONDS)


def _column(*widgets: QWidget) -> QWidget:
    """Widgets one above the other, without room between them; the last takes what is left."""
    made = QWidget()
    column = QVBoxLayout(made)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(0)
    for widget in widgets:
        column.addWidget(widget, int(widget is widgets[-1]))
    return made


def _import_the_rest() -> None:
    for module in ("netstudio.gui.charts.plot", "netstudio.training.assembly"):
        importlib.import_module(module)
