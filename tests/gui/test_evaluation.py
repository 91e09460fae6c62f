"""What the evaluation panel tells of a run: figures and confusions of each part of the data."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QTableWidget
from pytestqt.qtbot import QtBot

from netstudio.data.loading import load
from netstudio.data.preprocessing import Preprocessing
from netstudio.files.documents import load_graph
from netstudio.graph import Graph, edits
from netstudio.gui.panels.evaluation import EvaluationPanel
from netstudio.gui.panels.judged import judged
from netstudio.gui.session import Session
from netstudio.gui.worker import real_trainer
from netstudio.resources import SAMPLES

SLOW_MS = 120_000  # where kernels are still to be compiled
PARTED = {"validation_split": 0.2, "test_split": 0.1}


@pytest.fixture
def iris() -> Graph:
    return load_graph(SAMPLES / "iris.json")


def parted(graph: Graph) -> Graph:
    return replace(graph, data={**graph.data, **PARTED})


class Oracle:
    """A model that always says the first class, and tells how many samples it was asked about."""

    preprocessing: ClassVar[dict[str, Any]] = {}
    classes: ClassVar[dict[str, tuple[str, ...]]] = {}

    def predict(self, x: dict[str, Any]) -> Any:
        return np.tile(np.array([1.0, 0.0, 0.0]), (len(next(iter(x.values()))), 1))

    def arrays(self, x: dict[str, Any], y: dict[str, Any]) -> dict[str, Any]:
        return {**x, **y}

    def evaluate_arrays(self, arrays: dict[str, Any], batch_size: int, rows: Any) -> dict[str, float]:
        return {"loss": float(len(rows))}


def test_confusions_are_counted_by_true_and_predicted_class(iris: Graph) -> None:
    found = judged(Oracle(), iris, None)
    assert list(found.confusions) == ["training", "validation"]
    assert found.figures == {"training": {"loss": 120.0}, "validation": {"loss": 30.0}}
    held = found.confusions["validation"]
    assert held.classes == ("setosa", "versicolor", "virginica")
    assert held.counts[:, 0].sum() == held.counts.sum() == 30  # a fifth of 150
    whole = held.counts + found.confusions["training"].counts
    assert whole[:, 0].tolist() == [50, 50, 50]


def test_the_test_part_is_judged_by_itself(iris: Graph) -> None:
    found = judged(Oracle(), parted(iris), None)
    assert {part: int(c.counts.sum()) for part, c in found.confusions.items()} == {
        "training": 105, "validation": 30, "test": 15,
    }  # fmt: skip
    assert found.figures == {"training": {"loss": 105.0}, "validation": {"loss": 30.0}, "test": {"loss": 15.0}}


def test_a_regression_has_no_confusions() -> None:
    assert judged(Oracle(), load_graph(SAMPLES / "diabetes.json"), None).confusions == {}


def trained(graph: Graph, qtbot: QtBot) -> EvaluationPanel:
    session = Session(make_trainer=real_trainer)
    session.open_graph(graph)
    session.apply(edits.SetTraining({"epochs": 2}))
    panel = EvaluationPanel(session)
    qtbot.addWidget(panel)
    run_again(panel, qtbot)
    return panel


def run_again(panel: EvaluationPanel, qtbot: QtBot) -> None:
    with qtbot.waitSignal(panel.predictor.done, timeout=SLOW_MS):
        panel.session.run()
    qtbot.waitUntil(lambda: panel.session.training_state == "idle", timeout=SLOW_MS)


def samples(panel: EvaluationPanel) -> int:
    """How many samples the matrix shows."""
    cells = [panel.matrix.item(y, x) for y in range(3) for x in range(3)]
    return sum(int(cell.text() or 0) for cell in cells if cell is not None)


def headings(table: QTableWidget) -> list[str]:
    """Those of the columns, as texts: an item that is kept would outlive the one that the table replaces."""
    return [str(table.model().headerData(x, Qt.Orientation.Horizontal)) for x in range(table.columnCount())]


def test_the_part_is_chosen(iris: Graph, qtbot: QtBot) -> None:
    panel = trained(parted(iris), qtbot)
    assert (panel.part.currentText(), samples(panel)) == ("test", 15)
    assert "of 15 test samples" in panel.note.text()
    assert headings(panel.figures) == ["figure", "training", "validation", "test"]
    assert float(panel.figures.model().index(0, 3).data()) > 0.0
    panel.part.setCurrentIndex(panel.part.findText("training"))
    panel.part.activated.emit(panel.part.currentIndex())
    assert samples(panel) == 105
    run_again(panel, qtbot)
    assert (panel.part.currentText(), samples(panel)) == ("training", 105)


def test_without_a_test_part_the_validation_is_shown(iris: Graph, qtbot: QtBot) -> None:
    panel = trained(iris, qtbot)
    assert (panel.part.currentText(), samples(panel)) == ("validation", 30)
    assert panel.figures.columnCount() == 3


def test_a_model_is_evaluated_when_asked_on_the_data_of_its_document(iris: Graph, qtbot: QtBot, tmp_path: Path) -> None:
    """Scaled and numbered as the model learnt, whatever these data alone would ask for."""
    panel, data, few = trained(iris, qtbot), load("sklearn:iris"), tmp_path / "few.csv"
    rows = [(x, k) for x, k in zip(data.fields["features"], data.fields["label"], strict=True) if k]  # no setosa
    lines = [",".join([*map(str, x), data.classes["label"][k]]) for x, k in reversed(rows)]
    few.write_text("\n".join([",".join([*data.columns, "label"]), *lines]) + "\n")
    panel.session.apply(edits.SetData({"source": str(few)}))
    with qtbot.waitSignal(panel.predictor.done, timeout=SLOW_MS):
        panel.evaluate()
    assert panel.note.text().startswith("Iris: three kinds of flower: of 20 validation samples")
    assert headings(panel.matrix) == ["setosa", "versicolor", "virginica"]
    assert panel.figures.item(1, 0).text() == "accuracy"
    model = panel.session.document.model
    fitted = Preprocessing.from_json(model.preprocessing)
    guesses = model.predict(fitted.apply({"sizes": np.array([x for x, _ in rows], np.float32)})["sizes"]).argmax(1)
    counts = sum(c.counts for c in judged(model, panel.session.graph, None).confusions.values())
    assert counts.sum(0).tolist() == np.bincount(guesses, minlength=3).tolist()
