"""The runs of this session with their last figures; a tick draws a run in the charts."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QTableWidgetItem, QVBoxLayout, QWidget

from netstudio.gui.figures import duration, figure, short
from netstudio.gui.panels.tables import fill, table
from netstudio.gui.runs import Run
from netstudio.gui.session import Session
from netstudio.gui.theme import Theme, current_theme


class RunsPanel(QWidget):
    """Follows the session's runs while it is looked at."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel.runs")
        self.session = session
        self._seen = False
        self.table = table(self.tr("Runs"))
        self.table.itemChanged.connect(self._on_ticked)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.table)
        session.runs_changed.connect(self._update)
        session.history_changed.connect(self._update)
        self._update()

    def apply_theme(self, theme: Theme) -> None:
        self._update()

    def set_seen(self, seen: bool) -> None:
        """Whether the panel is in front: while it is not, it costs nothing."""
        self._seen = seen
        self._update()

    def _update(self, _history: object = None) -> None:
        if not self._seen:
            return
        runs = self.session.runs
        names = list(dict.fromkeys(n for run in runs for n in run.epochs))
        header = [self.tr("run"), self.tr("state"), self.tr("epochs"), *names, self.tr("time"), self.tr("samples/s")]
        self.table.blockSignals(True)
        fill(self.table, header, [self._row(run, names) for run in runs])
        for y, run in enumerate(runs):
            item = self.table.item(y, 0)
            assert isinstance(item, QTableWidgetItem)
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            item.setCheckState(Qt.CheckState.Checked if run.shown else Qt.CheckState.Unchecked)
            hues = current_theme().curves
            item.setForeground(QColor(hues[(run.number - 1) % len(hues)]))
        self.table.blockSignals(False)

    def _row(self, run: Run, names: list[str]) -> list[str]:
        state = self.tr("failed") if run.failed else self.tr("done") if run.finished else self.tr("training")
        last = run.last
        return [
            run.title,
            state,
            str(len(run.epochs.get("loss", ((), ()))[0])),
            *(figure(run.final(n)) for n in names),
            duration(last.seconds) if last else "–",
            short(run.samples_per_second) if last else "–",
        ]

    def _on_ticked(self, item: QTableWidgetItem) -> None:
        if item.column() == 0:
            self.session.runs[item.row()].shown = item.checkState() == Qt.CheckState.Checked
            self.session.runs_changed.emit()
