"""The model as a table: a row a node with its shape, parameters, memory and work, and what it comes to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from PySide6.QtCore import QItemSelectionModel, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QTableWidgetItem, QVBoxLayout, QWidget

from netstudio.errors import NetStudioError
from netstudio.graph import Analysis
from netstudio.graph.facts import NodeFacts
from netstudio.gui.background import Background
from netstudio.gui.figures import memory, number, short
from netstudio.gui.look import muted
from netstudio.gui.panels.tables import fill, table
from netstudio.gui.session import Session

FLOAT = 4  # bytes
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
NUMBERS = (3, 4, 5, 6)  # the columns that stand to the right
Flags = QItemSelectionModel.SelectionFlag


@dataclass(frozen=True)
class Costs:
    """What a model takes: multiply-adds of a sample by node, and the bytes of training; None where it can't train."""

    multiply_adds: Mapping[str, int] = field(default_factory=dict)
    training: int | None = None


Estimate = Callable[[Analysis], Costs]
Measure = Callable[[Analysis], Any]  # gives StepTimes


def engine_costs(analysis: Analysis) -> Costs:
    """Ask the engine; it takes a while, so ask beside the window."""
    from netstudio.engine.lower import multiply_adds_of
    from netstudio.training.model import estimate_graph

    counts = {id: multiply_adds_of(facts) for id, facts in analysis.nodes.items()}
    try:
        return Costs(counts, estimate_graph(analysis.graph).memory_bytes if analysis.ok else None)
    except NetStudioError:
        return Costs(counts)


def engine_times(analysis: Analysis) -> Any:
    """Have the engine train made-up samples; it takes a second, so ask beside the window."""
    from netstudio.training.step_times import step_times

    return step_times(analysis.graph)


class ModelPanel(QWidget):
    """Follows the session while it is looked at. A row selects its node, a double click goes there.

    A button measures what each node costs in a training step, which holds until the graph changes.
    """

    node_wanted = Signal(str)

    def __init__(
        self,
        session: Session,
        estimate: Estimate = engine_costs,
        measure: Measure = engine_times,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("panel.model")
        self.session, self.estimate, self.measure = session, estimate, measure
        self._times: Any = None
        self._seen = False
        self._shown: Analysis | None = None
        self._costs: Costs | None = None
        self._rows: list[str] = []
        self._following = False  # while the rows follow the selection, theirs is no news
        self.table = table(self.tr("Model"))
        self.table.horizontalHeader().setStretchLastSection(False)
        self.totals = muted()
        self.totals.setObjectName("model.totals")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 8)
        column.setSpacing(4)
        self.measure_button = QPushButton(self.tr("Measure a step"))
        self.measure_button.setObjectName("model.measure")
        self.measure_button.setToolTip(self.tr("Train made-up samples for a second, and tell what each node costs"))
        self.measure_button.clicked.connect(self._measure)
        below = QHBoxLayout()
        below.setContentsMargins(12, 0, 12, 0)
        below.addWidget(self.totals, 1)
        below.addWidget(self.measure_button)
        column.addWidget(self.table, 1)
        column.addLayout(below)
        self.counter = Background(self)
        self.counter.done.connect(self._on_costs)
        self.timer = Background(self)
        self.timer.done.connect(self._on_times)
        self.timer.failed.connect(self._on_unmeasured)
        session.training_state_changed.connect(lambda _state: self._offer_measuring())
        self.table.itemSelectionChanged.connect(self._select_nodes)
        self.table.itemDoubleClicked.connect(lambda item: self._go_to(self._rows[item.row()]))
        session.graph_changed.connect(self._update)
        session.selection_changed.connect(self._follow)

    def set_seen(self, seen: bool) -> None:
        """Whether the panel is in front: while it is not, it costs nothing."""
        self._seen = seen
        self._update()

    def _update(self, _graph: object = None) -> None:
        analysis = self.session.analysis
        if not self._seen or analysis is self._shown:
            return
        self._shown, self._costs, self._times = analysis, None, None
        self._show()
        self._offer_measuring()
        self.counter.start(lambda: (analysis, self.estimate(analysis)))

    def _on_costs(self, found: tuple[Analysis, Costs]) -> None:
        analysis, costs = found
        if analysis is self._shown:
            self._costs = costs
            self._show()

    def wait(self, seconds: float) -> None:
        """Give what goes on beside the window time to end."""
        for worker in (self.counter, self.timer):
            worker.wait(seconds)

    def _measure(self) -> None:
        analysis = self._shown
        if analysis is not None:
            self.timer.start(lambda: (analysis, self.measure(analysis)))
            self._offer_measuring()

    def _on_times(self, found: tuple[Analysis, Any]) -> None:
        analysis, times = found
        if analysis is self._shown:
            self._times = times
            self._show()
        self._offer_measuring()

    def _on_unmeasured(self, error: Exception) -> None:
        self.totals.setText(str(error) if isinstance(error, NetStudioError) else repr(error))
        self._offer_measuring()

    def _offer_measuring(self) -> None:
        """A run that goes on would be measured too, and a graph with errors can't be."""
        idle = not self.session.training.active and not self.timer.busy
        self.measure_button.setEnabled(idle and self._shown is not None and self._shown.ok and bool(self._rows))
        self.measure_button.setText(self.tr("Measuring …") if self.timer.busy else self.tr("Measure a step"))

    def _show(self) -> None:
        analysis = self._shown
        assert analysis is not None
        self._rows = [id for id in analysis.order if not analysis.nodes[id].is_annotation]
        header = ["node", "type", "output", "parameters", "memory", "multiply-adds", "time of a step"]
        self._following = True
        fill(self.table, [self.tr(h) for h in header], [self._row(analysis.nodes[id]) for id in self._rows])
        for y in range(self.table.rowCount()):
            for x in NUMBERS:
                self._item(y, x).setTextAlignment(RIGHT)
        for x in NUMBERS:
            head = self.table.horizontalHeaderItem(x)
            assert head is not None
            head.setTextAlignment(RIGHT)
        self._following = False
        self._follow()
        self.totals.setText(self._sum(analysis))

    def _row(self, facts: NodeFacts) -> list[str]:
        shapes = ", ".join(spec.label for spec in facts.outputs) if facts.outputs is not None else "?"
        count = facts.parameters
        work = "…" if self._costs is None else _or_dash(self._costs.multiply_adds.get(facts.node.id, 0))
        weights = memory(FLOAT * count) if count else "–"
        return [facts.node.title, facts.node.type, shapes, _or_dash(count), weights, work, self._time(facts.node.id)]

    def _time(self, node: str) -> str:
        """Microseconds there and back, and their share of a step."""
        taken = self._times.nodes.get(node) if self._times is not None else None
        return (
            "" if taken is None else f"{taken:,.1f} µs · {100 * taken / self._times.total:.0f} %".replace(",", "\u202f")
        )

    def _sum(self, analysis: Analysis) -> str:
        count = analysis.parameters
        parts = [
            self.tr("{} nodes").format(len(self._rows)),
            self.tr("{} parameters in {}").format(number(count), memory(FLOAT * count)),
        ]
        if self._costs is not None:
            parts.append(self.tr("{} multiply-adds a sample").format(short(sum(self._costs.multiply_adds.values()))))
            if self._costs.training is not None:
                parts.append(self.tr("{} of memory to train").format(memory(self._costs.training)))
        if self._times is not None:
            parts.append(
                self.tr("a step of {} samples takes {} µs on one thread, {} of it for the weights' update").format(
                    self._times.batch,
                    number(round(self._times.total)),
                    f"{100 * self._times.rest / self._times.total:.0f} %",
                )
            )
        return " · ".join(parts)

    def _follow(self, _selection: object = None) -> None:
        """Mark the rows of the selected nodes."""
        if not self._seen:
            return
        chosen = set() if self.session.here.path else set(self.session.selection)
        model, selection = self.table.model(), self.table.selectionModel()
        self._following = True
        selection.clearSelection()
        rows = [y for y, id in enumerate(self._rows) if id in chosen]
        for y in rows:
            selection.select(model.index(y, 0), Flags.Select | Flags.Rows)
        if rows:
            self.table.scrollTo(model.index(rows[0], 0))
        self._following = False

    def _select_nodes(self) -> None:
        if not self._following:
            self.session.go_to((), [self._rows[i.row()] for i in self.table.selectionModel().selectedRows()])

    def _go_to(self, node: str) -> None:
        self.session.go_to((), (node,))
        self.node_wanted.emit(node)

    def _item(self, y: int, x: int) -> QTableWidgetItem:
        item = self.table.item(y, x)
        assert item is not None
        return item


def _or_dash(count: int) -> str:
    return number(count) if count else "–"
