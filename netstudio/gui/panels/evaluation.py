"""The evaluation of the last run: its final figures, and where its classes were confused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QHBoxLayout, QTableWidget, QTableWidgetItem, QVBoxLayout, QWidget

from netstudio.graph import Graph
from netstudio.gui.background import Background
from netstudio.gui.canvas.look import readable_on
from netstudio.gui.figures import figure
from netstudio.gui.look import muted
from netstudio.gui.panels.tables import fill, table
from netstudio.gui.session import Session
from netstudio.gui.theme import Theme, current_theme, mixed

MOST_ROWS = 5000  # validation samples that are predicted
MOST_CLASSES = 30

Confusion = tuple[str, NDArray[np.int64], tuple[str, ...]]  # a predicted node, counts [true, predicted], class names


class EvaluationPanel(QWidget):
    """When a run ends, predicts the validation samples on a thread."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel.evaluation")
        self.session = session
        self._confusion: Confusion | None = None
        self.note = muted(self.tr("When a run has ended, its figures and its confusions stand here."))
        self.figures = table(self.tr("Final figures"))
        self.matrix = table(self.tr("Confusion matrix"))
        self.matrix.verticalHeader().show()
        self.matrix.horizontalHeader().setStretchLastSection(False)
        tables = QHBoxLayout()
        tables.setSpacing(16)
        tables.addWidget(self.figures, 2)
        tables.addWidget(self.matrix, 3)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 12, 8)
        column.addWidget(self.note)
        column.addLayout(tables, 1)
        self.matrix.hide()
        self.figures.hide()
        self.predictor = Background(self)
        self.predictor.done.connect(self._show_confusion)
        self.predictor.failed.connect(lambda error: self.note.setText(str(error)))
        session.training.ended.connect(self._on_run_ended)

    def apply_theme(self, theme: Theme) -> None:
        self._show_confusion(self._confusion)

    def _on_run_ended(self) -> None:
        run = self.session.runs[-1]
        names = [n for n in run.epochs if not n.startswith("val_")]
        rows = [[n, figure(run.final(n)), figure(run.final(f"val_{n}"))] for n in names]
        fill(self.figures, [self.tr("figure"), self.tr("training"), self.tr("validation")], rows)
        self.figures.setVisible(bool(rows))
        self.note.setText(self.tr("Run {}").format(run.title))
        self._show_confusion(None)
        model, graph, folder = self.session.model, run.graph, run.folder
        if model is not None and any(name.startswith("val_") for name in run.epochs):
            self.predictor.start(lambda: confusion(model, graph, folder))

    def _show_confusion(self, found: Confusion | None) -> None:
        self._confusion = found
        self.matrix.setVisible(found is not None)
        if found is None:
            return
        node, counts, classes = found
        self.note.setText(
            self.tr(
                "{}: of {} validation samples, {} right. Rows are true classes, columns what was predicted."
            ).format(node, int(counts.sum()), int(np.trace(counts)))
        )
        fill(self.matrix, classes, [[str(n) if n else "" for n in row] for row in counts])
        self.matrix.setVerticalHeaderLabels(list(classes))
        _colour(self.matrix, counts)


def confusion(model: Any, graph: Graph, folder: Path | None) -> Confusion | None:
    """How often each class was taken for which, in the validation samples; None where nothing is classified."""
    from netstudio.data.prepare import prepare
    from netstudio.data.roles import predicted_targets

    data = prepare(graph, folder)
    targets = {node: y for node, y in predicted_targets(graph).items() if y in data.classes}
    if not targets or not data.validation_rows or len(data.classes[next(iter(targets.values()))]) > MOST_CLASSES:
        return None
    node, target = next(iter(targets.items()))
    predicted = model.predict({id: x[:MOST_ROWS] for id, x in data.x_val.items()})
    scores = predicted[node] if isinstance(predicted, dict) else predicted
    true = np.asarray(data.y_val[target][:MOST_ROWS]).astype(np.int64)
    if true.ndim != 1:
        return None
    classes = data.classes[target]
    guess = (
        scores.argmax(-1) if scores.ndim == 2 and scores.shape[1] > 1 else (scores.reshape(-1) > 0.5).astype(np.int64)
    )
    counts = np.zeros((len(classes), len(classes)), np.int64)
    np.add.at(counts, (true, guess), 1)
    return node, counts, tuple(classes)


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
