"""The charts: the loss and one more figure of the runs that are shown."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QSlider,
    QSplitter,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from netstudio.gui.charts.curves import curves_of, figures_of
from netstudio.gui.icons import icon
from netstudio.gui.look import muted
from netstudio.gui.runs import Run
from netstudio.gui.session import Session
from netstudio.gui.theme import Theme, current_theme

if TYPE_CHECKING:
    from netstudio.gui.charts.plot import Plot, Series

REDRAW_MS = 50
KINDS = "Pictures (*.png);;Drawings (*.svg);;Tables (*.csv)"
SUFFIXES = (".png", ".svg", ".csv")


class ChartsPanel(QWidget):
    """Redraws each chart at most ten times a second, whatever the trainer does, one after the other."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel.charts")
        self.session = session
        self._timer = QTimer(self, singleShot=True, interval=REDRAW_MS)
        self._timer.timeout.connect(self._redraw_one)
        self._made: tuple[Plot, Plot] | None = None
        self._turn = 0
        self._lay_out()
        session.run_progressed.connect(self._on_progress)
        session.runs_changed.connect(self.redraw)
        self.redraw()

    def apply_theme(self, theme: Theme) -> None:
        self.export_button.setIcon(icon("export", theme.hex("text")))
        if self._made is not None:
            for plot in self._made:
                plot.apply_theme(theme)

    def prepare(self) -> None:
        """Make the plots, once. Importing their library takes a while: the window does it on a thread before."""
        if self._made is not None:
            return
        from netstudio.gui.charts.plot import Plot

        self._made = Plot(current_theme()), Plot(current_theme())
        for plot in self._made:
            self.plots.addWidget(plot)
        self._made[1].hide()
        self.redraw()

    def redraw(self) -> None:
        """Draw what the runs have now, as soon as there are plots."""
        self._show_what_there_is()
        if self._made is None or self.plots.isHidden():
            return
        self._show_second()
        for number in (0, 1):
            self._draw(number)

    def _redraw_one(self) -> None:
        """Draw one of the charts: together they would hold up the event loop for twice as long."""
        if self.plots.isHidden():
            self._show_what_there_is()
        self._turn = 1 - self._turn
        if not self._turn:
            self._show_second()
        self._draw(1 - self._turn)
        if self._turn:
            self._timer.start()

    def _show_what_there_is(self) -> None:
        shown = bool(self._shown())
        self.empty.setVisible(not shown)
        self.plots.setVisible(shown)

    def _show_second(self) -> None:
        """Show the second chart as soon as there is a figure for it."""
        self._offer_figures(figures_of(self._shown()))
        wanted = self.figure.count() > 0
        if self._made is not None and wanted == self._made[1].isHidden():
            self._made[1].setVisible(wanted)
            self.plots.setSizes([self.plots.width() // 2] * 2)

    def _draw(self, number: int) -> None:
        name = self.figure.currentText() if number else "loss"
        if name and self._made is not None:
            unit = self.tr("step") if self._by_step else self.tr("epoch")
            self._made[number].show_series(self._series(name), self.log.isChecked(), unit)

    def export(self, path: Path) -> None:
        """Write the charts to a .png, .svg or .csv file. OSError where it can't be written."""
        self.prepare()
        path.open("ab").close()  # Qt's writers say nothing where they can't write
        if path.suffix == ".csv":
            self._write_csv(path)
        elif path.suffix == ".svg":
            self._write_svg(path)
        else:
            self.plots.grab().save(str(path))

    @property
    def loss(self) -> Plot:
        """The chart of the loss."""
        return self._both()[0]

    @property
    def second(self) -> Plot:
        """The chart of another figure."""
        return self._both()[1]

    def _both(self) -> tuple[Plot, Plot]:
        self.prepare()
        assert self._made is not None
        return self._made

    @property
    def _by_step(self) -> bool:
        return bool(self.axis.currentData())

    def _shown(self) -> list[Run]:
        return [r for r in self.session.runs if r.shown and (r.step_losses or r.epochs)]

    def _series(self, name: str) -> list[Series]:
        runs = self._shown()
        weight = self.smoothing.value() / 100
        titles = [r.title if len(runs) > 1 else "" for r in runs]
        colours = [r.number - 1 for r in runs]
        return [
            (title, colour, curve)
            for title, colour, run in zip(titles, colours, runs)
            for curve in curves_of(run, name, self._by_step, weight)
        ]

    def _on_progress(self, _run: Run) -> None:
        if not self._timer.isActive():
            self._timer.start()

    def _offer_figures(self, names: list[str]) -> None:
        offered = [n for n in names if n != "loss"]
        if offered != [self.figure.itemText(i) for i in range(self.figure.count())]:
            self.figure.clear()
            self.figure.addItems(offered)
        self.figure.setVisible(bool(offered))

    def _write_csv(self, path: Path) -> None:
        with path.open("w", newline="", encoding="utf-8") as file:
            table = csv.writer(file)
            table.writerow(["run", "figure", "epoch", "value"])
            for run in self._shown():
                for name, (numbers, values) in run.epochs.items():
                    table.writerows([run.number, name, int(n), v] for n, v in zip(numbers, values))

    def _write_svg(self, path: Path) -> None:
        from PySide6.QtSvg import QSvgGenerator

        drawing = QSvgGenerator()
        drawing.setFileName(str(path))
        drawing.setSize(self.plots.size())
        drawing.setViewBox(self.plots.rect())
        self.plots.render(drawing)

    def _ask_and_export(self) -> None:
        chosen, kind = QFileDialog.getSaveFileName(self, self.tr("Export the charts"), "charts.png", self.tr(KINDS))
        if chosen:
            path = Path(chosen)
            if path.suffix not in SUFFIXES:
                path = path.with_name(path.name + next(s for s in SUFFIXES if f"*{s}" in kind))
            try:
                self.export(path)
            except OSError as error:
                text = self.tr("The charts can't be written to {}: {}; choose another place.")
                self.session.message.emit("error", text.format(path, error.strerror))
            else:
                self.session.message.emit("info", self.tr("The charts are in {}.").format(path))

    def _lay_out(self) -> None:
        self.axis = QComboBox()
        self.axis.addItem(self.tr("by step"), True)
        self.axis.addItem(self.tr("by epoch"), False)
        self.figure = QComboBox()
        self.figure.hide()
        self.figure.setToolTip(self.tr("What the second chart shows"))
        self.log = QCheckBox(self.tr("log scale"))
        self.smoothing = QSlider(Qt.Orientation.Horizontal)
        self.smoothing.setMaximum(99)
        self.smoothing.setValue(60)
        self.smoothing.setFixedWidth(110)
        self.smoothing.setToolTip(self.tr("How much the curve is smoothed; the raw one stays behind it"))
        self.smoothing.setAccessibleName(self.tr("smoothing"))
        self.export_button = QToolButton()
        self.export_button.setToolTip(self.tr("Export the charts"))
        self.export_button.setIcon(icon("export", current_theme().hex("text")))
        self.export_button.clicked.connect(self._ask_and_export)
        for signal in (self.axis.currentIndexChanged, self.figure.activated, self.log.toggled):
            signal.connect(self.redraw)
        self.smoothing.valueChanged.connect(self.redraw)
        bar = QHBoxLayout()
        bar.setSpacing(12)
        for widget in (self.axis, self.log, QLabel(self.tr("smoothing")), self.smoothing):
            bar.addWidget(widget)
        bar.addStretch(1)
        bar.addWidget(self.figure)
        bar.addWidget(self.export_button)
        self.plots = QSplitter(Qt.Orientation.Horizontal)
        self.plots.setChildrenCollapsible(False)
        self.empty = muted(self.tr("Press Run: the loss and the metrics are drawn here while the network learns."))
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 12, 8)
        column.addLayout(bar)
        column.addWidget(self.plots, 1)
        column.addWidget(self.empty, 1)
