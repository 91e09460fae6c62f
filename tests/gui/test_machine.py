"""Any sequence of edits, undone and redone, with the canvas shown: nothing is lost and everything is in step."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from PySide6.QtWidgets import QApplication

from netstudio.files.documents import dump_graph, parse_graph
from netstudio.graph import Endpoint, Graph, analyse, edits
from netstudio.graph.layout import layout
from netstudio.gui.canvas import CanvasPanel
from netstudio.gui.session import Session
from tests.gui.canvas.hand import small_graph
from tests.gui.canvas.test_panel import in_step
from tests.gui.toys import FakeTrainer

# 500 runs of 50 steps where everything is checked; a tenth of it in everybody's way
RUNS = 500 if os.environ.get("CI") else 50
TYPES = ["Dense", "ReLU", "Flatten", "Add", "Dropout", "Input", "Target", "MeanSquaredError", "BatchNormalization"]
picks = st.integers(0, 10**6)
places = st.tuples(st.integers(-500, 500), st.integers(-500, 500))


class Editing(RuleBasedStateMachine):
    """One session and the canvas that shows it. `seen` is what the undo stack holds, as text, from the first on."""

    canvas: CanvasPanel
    session: Session

    @initialize(full=st.booleans())
    def begin(self, full: bool) -> None:
        self.session, self.canvas = SHOWN[0], SHOWN[1]
        self.session.open_graph(small_graph() if full else Graph())
        self.seen = [dump_graph(self.session.graph)]
        self.at = 0

    def node(self, pick: int) -> str:
        ids = list(self.session.graph.nodes)
        return ids[pick % len(ids)] if ids else "nobody"

    def apply(self, edit: edits.Edit) -> None:
        self.session.apply(edit)
        self.note()

    def note(self) -> None:
        """What the edit made of the document is the top of the undo stack now."""
        steps = self.session.undo_stack.index()
        if steps != self.at:
            assert steps == self.at + 1, "one edit is one step"
            assert self.session.undo_stack.undoText()
            self.seen[steps:] = [dump_graph(self.session.graph)]
            self.at = steps
        assert dump_graph(self.session.graph) == self.seen[self.at]

    @rule(type=st.sampled_from(TYPES), at=places)
    def add(self, type: str, at: tuple[int, int]) -> None:
        self.canvas.view.apply_and_select(edits.AddNode(type, pos=(float(at[0]), float(at[1]))))
        self.note()

    @rule(a=picks, b=picks)
    def connect(self, a: int, b: int) -> None:
        target = self.node(b)
        kind = self.session.graph.nodes.get(target)
        ports = [p.name for p in self.session.catalogue[kind.type].inputs] if kind else []
        port = ports[a % len(ports)] if ports else "in"
        self.apply(edits.Connect(Endpoint(self.node(a), "out"), Endpoint(target, port)))

    @rule(a=picks, units=st.integers(-1, 9))
    def set_units(self, a: int, units: int) -> None:
        self.apply(edits.SetParams(self.node(a), {"units": units}))

    @rule(a=picks, label=st.sampled_from(["", "Head", "Größe"]))
    def rename(self, a: int, label: str) -> None:
        self.apply(edits.SetLabel(self.node(a), label))

    @rule(a=picks, at=places)
    def move(self, a: int, at: tuple[int, int]) -> None:
        self.apply(edits.MoveNodes({self.node(a): (float(at[0]), float(at[1]))}))

    @rule(a=picks, b=picks, heal=st.booleans())
    def delete(self, a: int, b: int, heal: bool) -> None:
        self.session.select({self.node(a), self.node(b)})
        self.canvas.delete_selected(heal)
        self.note()

    @rule(a=picks, type=st.sampled_from(TYPES))
    def insert(self, a: int, type: str) -> None:
        wires = self.session.graph.wires
        if wires:
            self.apply(edits.InsertOnWire(wires[a % len(wires)], type))

    @rule(a=picks)
    def disconnect(self, a: int) -> None:
        wires = self.session.graph.wires
        if wires:
            self.apply(edits.Disconnect(wires[a % len(wires)]))

    @rule(a=picks, b=picks)
    def bypass(self, a: int, b: int) -> None:
        self.session.select({self.node(a), self.node(b)})
        self.canvas.bypass_selected()
        self.note()

    @rule(a=picks, b=picks, wired=st.booleans())
    def copy_and_paste(self, a: int, b: int, wired: bool) -> None:
        self.session.select({self.node(a), self.node(b)})
        if self.session.selection:
            self.canvas.copy()
            self.canvas.paste(wired)
            self.note()

    @rule()
    def duplicate_all(self) -> None:
        if len(self.session.graph.nodes) < 12:
            self.canvas.select_all()
            self.canvas.duplicate()
            self.note()

    @rule(edge=st.sampled_from(["left", "row"]))
    def align(self, edge: str) -> None:
        self.canvas.select_all()
        self.canvas.align_selected(edge)
        self.canvas._glide.finish()
        self.note()

    @rule()
    def lay_out(self) -> None:
        self.apply(edits.MoveNodes(layout(self.session.graph)))

    @precondition(lambda self: self.at > 0)
    @rule()
    def undo(self) -> None:
        self.session.undo()
        self.at -= 1
        self.note()

    @precondition(lambda self: self.session.undo_stack.canRedo())
    @rule()
    def redo(self) -> None:
        self.session.redo()
        self.at += 1
        self.note()

    @invariant()
    def all_is_in_step(self) -> None:
        if hasattr(self, "at"):
            in_step(self.canvas, self.session)

    @invariant()
    def saving_and_loading_change_nothing(self) -> None:
        if hasattr(self, "at") and self.session.graph.nodes:
            text = dump_graph(self.session.graph)
            assert dump_graph(parse_graph(text, "here", self.session.catalogue)) == text

    def teardown(self) -> None:
        if not hasattr(self, "at"):
            return
        session = self.session
        last = self.seen[self.session.undo_stack.count()]
        while session.undo_stack.canUndo():
            session.undo()
        assert dump_graph(session.graph) == self.seen[0]
        while session.undo_stack.canRedo():
            session.redo()
        assert dump_graph(session.graph) == last
        fresh = analyse(session.graph, session.catalogue)
        assert (fresh.nodes, fresh.problems) == (session.analysis.nodes, session.analysis.problems)
        in_step(self.canvas, session)
        QApplication.processEvents()


SHOWN: list = []  # the session and the canvas of the run: making them anew each time would take most of it


@pytest.fixture
def shown(qtbot):
    session = Session(make_trainer=FakeTrainer())
    panel = CanvasPanel(session)
    qtbot.addWidget(panel)
    panel.resize(600, 400)
    panel.show()
    SHOWN[:] = [session, panel]
    yield
    SHOWN.clear()


def test_any_sequence_of_edits(shown: None) -> None:
    from hypothesis.stateful import run_state_machine_as_test

    limits = settings(
        max_examples=RUNS, stateful_step_count=50, deadline=None, suppress_health_check=list(HealthCheck), database=None
    )
    run_state_machine_as_test(Editing, settings=limits)
