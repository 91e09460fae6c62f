"""The data: what the source holds, as a table of its samples."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QVBoxLayout, QWidget

from netstudio.errors import NetStudioError
from netstudio.gui.background import Background
from netstudio.gui.data.columns import columns_of
from netstudio.gui.data.table import SampleTable
from netstudio.gui.figures import memory, number
from netstudio.gui.look import muted
from netstudio.gui.session import Session
from netstudio.gui.theme import Theme


class DataPanel(QWidget):
    """Reads the source on a thread, when the panel is looked at and the data settings changed."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel.data")
        self.session = session
        self._shown: Any = None
        self._seen = False
        self.summary = muted()
        self.table = SampleTable()
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 12, 8)
        column.addWidget(self.summary)
        column.addWidget(self.table, 1)
        self.reader = Background(self)
        self.reader.done.connect(self._show)
        self.reader.failed.connect(self._show_error)
        session.graph_changed.connect(self._update)
        self.table.hide()

    def set_seen(self, seen: bool) -> None:
        """Whether the panel is in front: while it is not, nothing is read."""
        self._seen = seen
        self._update()

    def apply_theme(self, theme: Theme) -> None:
        self.table.model.forget_pictures()

    def wait(self, seconds: float) -> None:
        """Give what goes on beside the window time to end."""
        for worker in (self.reader, self.table.sorter):
            worker.wait(seconds)

    def _update(self, _graph: object = None) -> None:
        graph, folder = self.session.graph, self.session.folder
        wanted = (dict(graph.data), folder)
        if not self._seen or wanted == self._shown:
            return
        self._shown = wanted
        source = graph.data.get("source")
        self._show_columns(())
        if not source:
            self.summary.setText(self.tr("The graph names no data yet: choose a source in the run settings."))
            return
        self.summary.setText(self.tr("Reading {} …").format(source))

        def read() -> Any:
            from netstudio.data.loading import load
            from netstudio.data.settings import DataSettings

            dataset = load(source, folder, DataSettings(**graph.data), graph)
            columns = columns_of(dataset)
            return dataset, columns, [_described(c) for c in columns if c.values.ndim > 1 or c.classes]

        self.reader.start(read)

    def _show(self, read: tuple[Any, Any, list[str]]) -> None:
        dataset, columns, lines = read
        size = sum(values.nbytes for values in dataset.apart.values())
        head = self.tr("{} · {} rows · {}").format(dataset.source, number(dataset.rows), memory(size))
        problems = [str(problem) for problem in dataset.problems.values()]
        self.summary.setText("\n".join([" · ".join([head, *lines[:4]]), *problems]))
        self._show_columns(columns)

    def _show_columns(self, columns: Any) -> None:
        self.table.setVisible(bool(columns))
        self.table.show_columns(columns)

    def _show_error(self, error: Exception) -> None:
        text = (
            str(error) if isinstance(error, NetStudioError) else self.tr("The data can't be read: {!r}").format(error)
        )
        self.summary.setText(text)


def _described(column: Any) -> str:
    """What a column of classes or of more than a number holds; minima and maxima of many rows take their time."""
    if column.kind == "class":
        few = ", ".join(column.classes[:12]) + (", …" if len(column.classes) > 12 else "")
        return f"{column.name}: {len(column.classes)} classes ({few})"
    shape = "×".join(map(str, column.values.shape[1:]))
    return f"{column.name}: {shape}, {column.values.min():.4g} … {column.values.max():.4g}"
