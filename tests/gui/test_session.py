"""The session: edits, undo, selection, training."""

from __future__ import annotations

import gc
import threading
import weakref

import shiboken6
from pytestqt.qtbot import QtBot

from netstudio.graph import Graph, edits
from netstudio.gui.session import Session
from tests.gui.toys import CATALOGUE, FakeTrainer, MakeSession, regression


def test_an_edit_is_applied_undone_and_redone(session: Session) -> None:
    assert session.apply(edits.AddNode("Flatten"))
    assert list(session.graph.nodes) == ["flatten1"]
    assert session.modified
    session.undo()
    assert not session.graph.nodes
    assert not session.modified
    session.redo()
    assert list(session.analysis.nodes) == ["flatten1"]


def test_a_refused_edit_says_why_and_changes_nothing(session: Session, qtbot: QtBot) -> None:
    with qtbot.waitSignal(session.message) as caught:
        assert not session.apply(edits.SetLabel("ghost", "x"))
    assert caught.args == ["warning", "there is no node 'ghost'"]
    assert session.undo_stack.count() == 0


def test_edits_with_one_merge_key_are_one_step(session: Session) -> None:
    session.open_graph(regression())
    for units in (2, 3, 4):
        session.apply(edits.SetParams("dense", {"units": units}), merge_key="dense.units")
    session.apply(edits.SetParams("dense", {"rate": 0.1}), merge_key="dense.rate")
    assert session.undo_stack.count() == 2
    session.undo()
    session.undo()
    assert session.graph.nodes["dense"].params == {"units": 1}


def test_a_merged_edit_that_comes_back_leaves_no_step(session: Session) -> None:
    session.open_graph(regression())
    session.apply(edits.SetParams("dense", {"units": 2}), merge_key="u")
    session.apply(edits.SetParams("dense", {"units": 1}), merge_key="u")
    assert session.undo_stack.count() == 0
    assert not session.modified


def test_an_edit_that_changes_nothing_is_no_step(session: Session) -> None:
    session.open_graph(regression())
    assert session.apply(edits.SetParams("dense", {"units": 1}))
    assert session.undo_stack.count() == 0


def test_the_selection_shrinks_before_listeners_see_the_new_graph(session: Session) -> None:
    session.open_graph(regression())
    session.select(("x", "dense", "dense", "ghost"))
    assert session.selection == ("x", "dense")
    seen: list[tuple[str, ...]] = []
    session.graph_changed.connect(lambda _graph: seen.append(session.selection))
    session.apply(edits.RemoveNodes(("x",)))
    assert seen == [("dense",)]


def test_opening_a_graph_starts_anew(session: Session) -> None:
    session.apply(edits.AddNode("Flatten"))
    session.open_graph(Graph("other"), "folder/other.json")
    assert session.graph.name == "other"
    assert not session.modified
    assert not session.undo_stack.canUndo()


def test_a_run_ends_with_history_and_model(session: Session, qtbot: QtBot) -> None:
    session.open_graph(regression())
    states: list[str] = []
    session.training_state_changed.connect(states.append)
    session.run()
    qtbot.waitUntil(lambda: session.training_state == "idle" and session.model is not None)
    assert states == ["compiling", "running", "idle"]
    run = session.runs[0]
    assert list(run.step_losses) == [1 / n for n in range(1, 13)]
    assert list(run.epochs["val_loss"][0]) == [1, 2, 3]
    assert session.history.history["loss"] == [1 / 4, 1 / 8, 1 / 12]


def test_pause_step_resume_stop(make_session: MakeSession, qtbot: QtBot) -> None:
    trainer = FakeTrainer(epochs=1000)
    session = make_session(trainer)
    session.open_graph(regression())
    session.run()
    qtbot.waitUntil(lambda: session.training_state == "running" and trainer.done > 2)
    session.pause()
    assert session.training_state == "paused"
    qtbot.wait(30)
    at = trainer.done
    qtbot.wait(50)
    assert trainer.done == at
    session.step()
    qtbot.waitUntil(lambda: trainer.done == at + 1)
    session.resume()
    qtbot.waitUntil(lambda: trainer.done > at + 3)
    session.stop()
    assert session.training_state == "stopping"
    qtbot.waitUntil(lambda: session.training_state == "idle")
    assert session.runs[0].finished


def test_step_from_idle_trains_one_batch_and_waits(make_session: MakeSession, qtbot: QtBot) -> None:
    trainer = FakeTrainer()
    session = make_session(trainer)
    session.open_graph(regression())
    session.step()
    qtbot.waitUntil(lambda: session.training_state == "paused" and trainer.done == 1)
    qtbot.wait(40)
    assert trainer.done == 1


def test_stop_while_compiling_trains_nothing(make_session: MakeSession, qtbot: QtBot) -> None:
    trainer = FakeTrainer()
    session = make_session(trainer)
    session.open_graph(regression())
    session.run()
    session.stop()
    qtbot.waitUntil(lambda: session.training_state == "idle")
    assert trainer.done <= 1


def test_a_value_that_is_not_finite_is_shown_at_its_node(make_session: MakeSession, qtbot: QtBot) -> None:
    session = make_session(FakeTrainer(nan_at=3))
    session.open_graph(regression())
    with qtbot.waitSignal(session.message) as caught:
        session.run()
    assert caught.args[0] == "error"
    assert session.selection == ("dense",)
    assert session.problems[0].node == "dense"
    assert session.runs[0].failed


def test_a_fault_of_the_trainer_is_shown(make_session: MakeSession, qtbot: QtBot) -> None:
    def broken(graph: object, folder: object, tell: object) -> FakeTrainer:
        raise ZeroDivisionError("boom")

    session = make_session(broken)
    session.open_graph(regression())
    with qtbot.waitSignal(session.message) as caught:
        session.run()
    assert "boom" in caught.args[1]
    assert session.training_state == "idle"


def test_a_graph_with_errors_is_not_trained(session: Session, qtbot: QtBot) -> None:
    session.open_graph(regression(input_shape=(4, 4)))
    with qtbot.waitSignal(session.message) as caught:
        session.run()
    assert "dense" in caught.args[1]
    assert session.training_state == "idle"


def test_one_epoch_ends_in_a_pause(make_session: MakeSession, qtbot: QtBot) -> None:
    trainer = FakeTrainer(epochs=5, steps=4)
    session = make_session(trainer)
    session.open_graph(regression())
    session.step_epoch()
    qtbot.waitUntil(lambda: session.training_state == "paused")
    qtbot.wait(30)
    assert trainer.done == 4
    session.step_epoch()
    qtbot.waitUntil(lambda: session.training_state == "paused" and trainer.done == 8)
    assert session.history.epoch == [0, 1]


def test_a_session_with_steps_to_undo_can_be_collected(qtbot: QtBot) -> None:
    for _ in range(5):  # the collector takes what hangs together apart in any order
        session = Session(make_trainer=FakeTrainer())
        for _ in range(4):
            session.apply(edits.AddNode("ReLU"))
        session.undo()
        alive = weakref.ref(session)
        del session
        gc.collect()
        assert alive() is None


def test_what_is_compiled_is_told(session: Session, qtbot: QtBot) -> None:
    session.open_graph(regression())
    with qtbot.waitSignal(session.training.busy_with) as caught:
        session.run()
    assert caught.args == ["matmul"]
    qtbot.waitUntil(lambda: session.training_state == "idle")


def test_a_run_that_ended_leaves_no_trainer_in_memory(make_session: MakeSession, qtbot: QtBot) -> None:
    made: list[weakref.ref[FakeTrainer]] = []

    def make(graph: Graph, folder: object, tell: object) -> FakeTrainer:
        trainer = FakeTrainer()
        made.append(weakref.ref(trainer))
        return trainer

    session = make_session(make)
    session.open_graph(regression())
    session.run()
    qtbot.waitUntil(lambda: session.training_state == "idle")
    gc.collect()
    assert made[0]() is None


def test_a_session_that_goes_stops_its_run(qtbot: QtBot) -> None:
    trainer = FakeTrainer(epochs=1000)
    session = Session(CATALOGUE, trainer)
    session.open_graph(regression())
    session.run()
    qtbot.waitUntil(lambda: trainer.done > 2)
    shiboken6.delete(session)
    qtbot.waitUntil(lambda: not any(t.name == "training" for t in threading.enumerate()))
