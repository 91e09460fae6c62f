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
from netstudio.graph.edits import Group
from netstudio.graph.layout import layout
from netstudio.graph.nested import COMPOSITE
from netstudio.gui.canvas import CanvasPanel
from netstudio.gui.level import level_of
from netstudio.gui.session import Session
from tests.gui.canvas.hand import small_graph
from tests.gui.canvas.test_panel import in_step
from tests.gui.toys import FakeTrainer

# 500 runs of 50 steps where everything is checked; a tenth of it in everybody's way
RUNS = 500 if os.environ.get("CI") else 50
TYPES = ["Dense", "ReLU", "Flatten", "Add", "Dropout", "Input", "Target", "MeanSquaredError", "BatchNormalization"]
TYPES += ["Output", "Note", "Frame"]
DEEP = 3  # blocks in blocks
picks = st.integers(0, 10**6)
places = st.tuples(st.integers(-500, 500), st.integers(-500, 500))


class Editing(RuleBasedStateMachine):
    """One session and the canvas that shows it. `seen` is what the undo stack holds, as text, from the first on."""

    canvas: CanvasPanel
    session: Session

    @initialize(start=st.sampled_from(["empty", "flat", "folded", "inside"]))
    def begin(self, start: str) -> None:
        self.session, self.canvas = SHOWN[0], SHOWN[1]
        graph = Graph() if start == "empty" else small_graph()
        if start in ("folded", "inside"):
            graph = Group(("flat", "dense", "relu")).apply(graph, self.session.catalogue)
        self.session.open_graph(graph)
        if start == "inside":
            self.session.enter("block1")
        self.seen = [dump_graph(self.session.graph)]
        self.at = 0

    def node(self, pick: int) -> str:
        ids = list(self.session.here.graph.nodes)
        return ids[pick % len(ids)] if ids else "nobody"

    def apply(self, edit: edits.Edit) -> None:
        self.session.apply_here(edit)
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
        ends = [self.session.here.graph.nodes.get(id) for id in (self.node(a), target)]
        outs, ins = (self.session.catalogue.ports(n)[side] if n else () for n, side in zip(ends, (1, 0)))
        source = outs[b % len(outs)].name if outs else "out"
        port = ins[a % len(ins)].name if ins else "in"
        self.apply(edits.Connect(Endpoint(self.node(a), source), Endpoint(target, port)))

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
        wires = self.session.here.graph.wires
        if wires:
            self.apply(edits.InsertOnWire(wires[a % len(wires)], type))

    @rule(a=picks)
    def disconnect(self, a: int) -> None:
        wires = self.session.here.graph.wires
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
        if len(self.session.here.graph.nodes) < 12:
            self.canvas.select_all()
            self.canvas.duplicate()
            self.note()

    @rule(edge=st.sampled_from(["left", "row"]))
    def align(self, edge: str) -> None:
        self.canvas.select_all()
        self.canvas.arranging.align_selected(edge)
        self.canvas.arranging.glide.finish()
        self.note()

    @rule()
    def lay_out(self) -> None:
        self.apply(edits.MoveNodes(layout(self.session.here.graph)))

    @rule(a=picks, b=picks, c=picks)
    def group(self, a: int, b: int, c: int) -> None:
        if len(self.session.here.path) < DEEP:
            self.session.select({self.node(a), self.node(b), self.node(c)})
            self.canvas.group_selected()
            self.note()

    @rule()
    def ungroup(self) -> None:
        self.canvas.select_all()
        self.canvas.ungroup_selected()
        self.note()

    @rule()
    def enter(self) -> None:
        blocks = [n.id for n in self.session.here.graph.nodes.values() if n.type == COMPOSITE]
        if blocks and len(self.session.here.path) < DEEP:
            assert self.session.enter(blocks[0])
            self.note()

    @precondition(lambda self: hasattr(self, "at") and self.session.here.path)
    @rule(really=st.sampled_from([False, False, True]))
    def leave(self, really: bool) -> None:
        if not really:
            return  # most of the time there is more to do in there
        self.session.leave_block()
        self.note()

    @rule(a=picks, width=st.integers(30, 200))
    def frame(self, a: int, width: int) -> None:
        self.session.select({self.node(a)})
        self.canvas.adding.add_frame()
        self.canvas.rename.leave()
        self.note()
        (frame, *_) = self.session.selection or ("nobody",)
        self.apply(edits.SetParams(frame, {"size": [width, 80]}))

    @rule(a=picks, text=st.sampled_from(["", "what we know", "β ≤ 1"]))
    def write(self, a: int, text: str) -> None:
        self.apply(edits.SetParams(self.node(a), {"text": text}))

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
        here = level_of(session.here.path, fresh, session.catalogue)
        assert here.graph == session.here.graph
        assert (here.analysis.nodes, here.analysis.problems) == (
            session.here.analysis.nodes,
            session.here.analysis.problems,
        )
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
