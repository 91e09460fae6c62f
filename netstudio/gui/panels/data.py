"""The data: what the source holds, and its first rows."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QVBoxLayout, QWidget

from netstudio.errors import NetStudioError
from netstudio.gui.background import Background
from netstudio.gui.figures import memory, number
from netstudio.gui.look import muted
from netstudio.gui.panels.tables import fill, table
from netstudio.gui.session import Session

FIRST_ROWS = 20
LONGEST = 6  # values of one cell that are shown


class DataPanel(QWidget):
    """Reads the source on a thread, when the panel is looked at and the data settings changed."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel.data")
        self.session = session
        self._shown: Any = None
        self._seen = False
        self.summary = muted()
        self.table = table(self.tr("First rows"))
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 12, 8)
        column.addWidget(self.summary)
        column.addWidget(self.table, 1)
        self.reader = Background(self)
        self.reader.done.connect(self._show)
        self.reader.failed.connect(self._show_error)
        session.graph_changed.connect(self._update)

    def set_seen(self, seen: bool) -> None:
        """Whether the panel is in front: while it is not, nothing is read."""
        self._seen = seen
        self._update()

    def _update(self, _graph: object = None) -> None:
        graph, folder = self.session.graph, self.session.folder
        wanted = (dict(graph.data), folder)
        if not self._seen or wanted == self._shown:
            return
        self._shown = wanted
        source = graph.data.get("source")
        fill(self.table, [], [])
        if not source:
            self.summary.setText(self.tr("The graph names no data yet: choose a source in the run settings."))
            return
        self.summary.setText(self.tr("Reading {} …").format(source))

        def read() -> Any:
            from netstudio.data.loading import load
            from netstudio.data.settings import DataSettings

            dataset = load(source, folder, DataSettings(**graph.data), graph)
            return dataset, _lines(dataset)  # minima and maxima of many rows take their time

        self.reader.start(read)

    def _show(self, read: tuple[Any, list[str]]) -> None:
        dataset, lines = read
        size = sum(values.nbytes for values in dataset.apart.values())
        head = self.tr("{} · {} rows · {}").format(dataset.source, number(dataset.rows), memory(size))
        self.summary.setText("\n".join([head, *lines]))
        rows = [
            [_cell(values[i], dataset.classes.get(name, ())) for name, values in dataset.fields.items()]
            for i in range(min(dataset.rows, FIRST_ROWS))
        ]
        fill(self.table, list(dataset.fields), rows)

    def _show_error(self, error: Exception) -> None:
        text = (
            str(error) if isinstance(error, NetStudioError) else self.tr("The data can't be read: {!r}").format(error)
        )
        self.summary.setText(text)


def _lines(dataset: Any) -> list[str]:
    """A line for each field, those that stand in "features" too left out, and one for each that can't be used."""
    lines = [_described(name, values, dataset.classes.get(name, ())) for name, values in dataset.apart.items()]
    return lines + [str(problem) for problem in dataset.problems.values()]


def _described(name: str, values: Any, classes: tuple[str, ...]) -> str:
    shape = "×".join(map(str, values.shape[1:])) or "scalar"
    if not classes:
        return f"{name}: {shape}, {values.min():.4g} … {values.max():.4g}"
    few = ", ".join(classes[:12]) + (", …" if len(classes) > 12 else "")
    return f"{name}: {len(classes)} classes ({few})"


def _cell(value: Any, classes: tuple[str, ...]) -> str:
    if classes and value.ndim == 0:
        return classes[int(value)]
    flat = value.reshape(-1)
    text = ", ".join(f"{v:.4g}" for v in flat[:LONGEST])
    return f"{text}, … ({flat.size})" if flat.size > LONGEST else text
