"""The data: what the source holds, as a table of its samples."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSplitter, QVBoxLayout, QWidget

from netstudio.data.sources.reuse import Reuse
from netstudio.errors import NetStudioError
from netstudio.gui.background import Background
from netstudio.gui.data.columns import columns_of
from netstudio.gui.data.lines import Lines
from netstudio.gui.data.pane import PlotsPane
from netstudio.gui.data.parts import parts_of
from netstudio.gui.data.table import SampleTable
from netstudio.gui.figures import memory, number
from netstudio.gui.session import Session
from netstudio.gui.theme import Theme

FEW = 3  # columns, or problems, that are told of
SHARES = (11, 9)  # of the panel's width: the samples, the plots
SIZE = 100  # pixels of such a share, until there is a panel to divide
LOW = 260  # pixels of a panel in which problems would leave no room for the samples
MOST_CLASSES = 12  # whose names are listed


class DataPanel(QWidget):
    """Reads the source on a thread, when the panel is looked at and the data settings changed."""

    import_wanted = Signal()

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel.data")
        self.session = session
        self._shown: Any = None
        self._reuse = Reuse()
        self._seen = False
        self.summary = Lines()
        self.table = SampleTable()
        self.plots = PlotsPane()
        self.change = QPushButton(self.tr("Import data …"))
        self.change.setObjectName("data.change")
        self.change.setToolTip(self.tr("Choose other data, or what becomes of these"))
        self.change.clicked.connect(self.import_wanted)
        self._lay_out()
        self.reader = Background(self)
        self.reader.done.connect(self._show)
        self.reader.failed.connect(self._show_error)
        session.graph_changed.connect(self._update)
        self.table.view.selectionModel().currentChanged.connect(
            lambda index, _old: self.plots.show_column(index.column())
        )
        self._show_columns(())

    def set_seen(self, seen: bool) -> None:
        """Whether the panel is in front: while it is not, nothing is read."""
        self._seen = seen
        self._update()

    def apply_theme(self, theme: Theme) -> None:
        self.table.model.forget_pictures()
        self.plots.apply_theme(theme)

    def wait(self, seconds: float) -> None:
        """Give what goes on beside the window time to end."""
        for worker in (self.reader, self.table.sorter, self.plots.computer):
            worker.wait(seconds)

    def _lay_out(self) -> None:
        """What the samples are stands above them; the plots have the whole height, as they need it most."""
        top = QHBoxLayout()
        top.setSpacing(12)
        top.addWidget(self.summary, 1)
        top.addWidget(self.change, 0, Qt.AlignmentFlag.AlignTop)
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(top)
        column.addWidget(self.table, 1)
        column.addStretch(0)
        both = QSplitter(Qt.Orientation.Horizontal)
        both.setChildrenCollapsible(False)
        both.setHandleWidth(12)
        both.addWidget(left)
        both.addWidget(self.plots)
        for place, share in enumerate(SHARES):
            both.setStretchFactor(place, share)
        both.setSizes([SIZE * share for share in SHARES])
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 8, 12, 8)
        row.addWidget(both)

    def _update(self, _graph: object = None) -> None:
        graph, folder = self.session.graph, self.session.folder
        wanted = (dict(graph.data), folder)
        if not self._seen or wanted == self._shown:
            return
        self._shown = wanted
        source = graph.data.get("source")
        self._show_columns(())
        if not source:
            self.summary.show_text(
                self.tr("The graph names no data yet: import some, or choose a source in the run settings.")
            )
            return
        self.summary.show_text(self.tr("Reading {} …").format(source))

        def read() -> Any:
            from netstudio.data.loading import load
            from netstudio.data.settings import DataSettings

            dataset = load(source, folder, DataSettings(**graph.data), graph, reuse=self._reuse)
            columns = columns_of(dataset)
            return dataset, columns, *parts_of(dataset, graph), _lines(columns)

        self.reader.start(read)

    def _show(self, read: tuple[Any, Any, Any, tuple[str, ...], list[str]]) -> None:
        dataset, columns, parts, problems, lines = read
        size = sum(values.nbytes for values in dataset.apart.values())
        head = [dataset.source, self.tr("{} rows").format(number(dataset.rows)), memory(size)]
        told = problems[: 1 if self.height() < LOW else FEW]
        if len(problems) > len(told):
            head.append(self.tr("{} problems").format(number(len(problems))))
        self.summary.show_lines([" · ".join([*head, *lines]), *told])
        self._show_columns(columns, parts, dataset.table.target if dataset.table else "label")

    def _show_columns(self, columns: Any, parts: Any = None, answer: str | None = None) -> None:
        self.table.setVisible(bool(columns))
        self.plots.setVisible(bool(columns))
        self.table.show_columns(columns)
        self.plots.show_data(columns, parts or {}, answer)

    def _show_error(self, error: Exception) -> None:
        text = (
            str(error) if isinstance(error, NetStudioError) else self.tr("The data can't be read: {!r}").format(error)
        )
        self.summary.show_text(text)


def _lines(columns: Any) -> list[str]:
    """What stands in the first columns that hold classes or more than a number each."""
    return [_described(c) for c in columns if c.values.ndim > 1 or 0 < len(c.classes) <= MOST_CLASSES][:FEW]


def _described(column: Any) -> str:
    """Minima and maxima of many rows take their time."""
    if column.kind == "class":
        return f"{column.name}: {len(column.classes)} classes ({', '.join(column.classes)})"
    shape = "×".join(map(str, column.values.shape[1:]))
    return f"{column.name}: {shape}, {column.values.min():.4g} … {column.values.max():.4g}"
