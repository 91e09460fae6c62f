"""The evaluation of a model: its figures, and where the classes of each part of its data were confused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QTableWidget, QTableWidgetItem, QVBoxLayout, QWidget

from netstudio.gui.background import Background
from netstudio.gui.canvas.look import readable_on
from netstudio.gui.figures import figure
from netstudio.gui.look import muted
from netstudio.gui.panels.judged import Judged, judged
from netstudio.gui.panels.tables import fill, table
from netstudio.gui.runs import Run
from netstudio.gui.session import Session
from netstudio.gui.theme import Theme, current_theme, mixed

PREFERRED = ("test", "validation")  # parts to show first: what the run has not seen says most


class EvaluationPanel(QWidget):
    """Judges a model on a thread, on samples of each part of its data: when a run ends, and when asked to."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel.evaluation")
        self.session = session
        self._judged = Judged()
        self._run = Run(0, session.graph)  # the one that is judged
        self.note = muted(self.tr("When a run has ended, its figures and its confusions stand here."))
        self.note.setTextFormat(Qt.TextFormat.PlainText)
        self.figures = table(self.tr("Final figures"))
        self.matrix = table(self.tr("Confusion matrix"))
        self.matrix.verticalHeader().show()
        self.matrix.horizontalHeader().setStretchLastSection(False)
        self.part = QComboBox()
        self.part.setAccessibleName(self.tr("The part of the data whose confusions are shown"))
        self.part.activated.connect(self._choose)
        self._chosen: str | None = None  # by hand, which holds for later runs
        top = QHBoxLayout()
        top.setSpacing(16)
        top.addWidget(self.note, 1)
        top.addWidget(self.part)
        tables = QHBoxLayout()
        tables.setSpacing(16)
        tables.addWidget(self.figures, 2)
        tables.addWidget(self.matrix, 3)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 12, 8)
        column.addLayout(top)
        column.addLayout(tables, 1)
        self.part.hide()
        self.matrix.hide()
        self.figures.hide()
        self.predictor = Background(self)
        self.predictor.done.connect(self._on_judged)
        self.predictor.failed.connect(lambda error: self.note.setText(str(error)))
        session.training.ended.connect(self._on_run_ended)

    def apply_theme(self, theme: Theme) -> None:
        self._show_confusion()

    def evaluate(self) -> None:
        """Judge the model of the document that is shown on the data that the document names now."""
        document, model = self.session.document, self.session.document.model
        if model is not None:
            graph = replace(model.graph, data=document.graph.data)  # the document may have been edited since
            self._judge(model, Run(0, graph, document.folder), self.tr("Evaluating {} …"))

    def _on_run_ended(self) -> None:
        run, model = self.session.runs[-1], self.session.training.made
        self._judge(model if run.epochs else None, run, "{}")

    def _judge(self, model: Any, run: Run, told: str) -> None:
        self._run = run
        self.note.setText(told.format(self._name))
        self._show(Judged())
        if model is not None:
            self.predictor.start(lambda: judged(model, run.graph, run.folder))

    @property
    def _name(self) -> str:
        """What is judged: a run, or a model by its graph's name."""
        return self.tr("Run {}").format(self._run.title) if self._run.number else self._run.title

    def _on_judged(self, found: Judged) -> None:
        self.note.setText(self._name)
        self._show(found)

    def _show(self, found: Judged) -> None:
        self._judged = found
        self._show_figures()
        self.part.clear()
        for part in found.confusions:
            self.part.addItem(self._title(part), part)
        wanted = next((p for p in (self._chosen, *PREFERRED) if p in found.confusions), None)
        self.part.setCurrentIndex(max(0, self.part.findData(wanted)))
        self.part.setVisible(len(found.confusions) > 1)
        self._show_confusion()

    def _choose(self) -> None:
        self._chosen = self.part.currentData()
        self._show_confusion()

    def _title(self, part: str) -> str:
        return {"training": self.tr("training"), "validation": self.tr("validation"), "test": self.tr("test")}[part]

    def _show_figures(self) -> None:
        """Those of the model as it is kept, which need not be of the last epoch; until they are there, the epoch's."""
        run, judged = self._run, self._judged.figures
        names = [n for n in run.epochs if not n.startswith("val_")] or list(next(iter(judged.values()), {}))
        told: Mapping[str, Mapping[str, float | None]] = judged or {
            "training": {n: run.final(n) for n in names},
            "validation": {n: run.final(f"val_{n}") for n in names},
        }
        rows = [[n, *(figure(values.get(n)) for values in told.values())] for n in names]
        fill(self.figures, [self.tr("figure"), *map(self._title, told)], rows)
        self.figures.setVisible(bool(rows))

    def _show_confusion(self) -> None:
        found = self._judged.confusions.get(self.part.currentData())
        self.matrix.setVisible(found is not None)
        if found is None:
            return
        counts, classes = found.counts, found.classes
        self.note.setText(
            self.tr("{}: of {} {} samples, {} has {} right. Rows are true classes, columns predicted ones.").format(
                self._name, int(counts.sum()), self.part.currentText(), found.node, int(np.trace(counts))
            )
        )
        fill(self.matrix, classes, [[str(n) if n else "" for n in row] for row in counts])
        self.matrix.setVerticalHeaderLabels(list(classes))
        _colour(self.matrix, counts)


def _colour(target: QTableWidget, counts: NDArray[np.int64]) -> None:
    """The more, the stronger: right ones in the accent, wrong ones in the colour of errors."""
    theme = current_theme()
    rows = np.maximum(counts.sum(1), 1)
    for y, x in np.argwhere(counts):
        item = target.item(int(y), int(x))
        assert isinstance(item, QTableWidgetItem)
        back: QColor = mixed(theme.panel, theme.accent if x == y else theme.error, 0.1 + 0.8 * counts[y, x] / rows[y])
        item.setBackground(back)
        item.setForeground(readable_on(back))
        item.setTextAlignment(Qt.AlignmentFlag.AlignCenter)
