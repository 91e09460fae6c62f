"""Laying wires and moving their ends."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from netstudio.graph import edits
from netstudio.gui.canvas import CanvasPanel
from netstudio.gui.canvas.geometry import wire_middle
from netstudio.gui.session import Session
from tests.gui.canvas.hand import Hand, wire

SHIFT = Qt.KeyboardModifier.ShiftModifier


@pytest.mark.parametrize("backwards", [False, True])
def test_a_wire_is_laid_in_either_direction(hand: Hand, started: Session, backwards: bool) -> None:
    ends = (("dense", "out"), ("relu", "in"))
    hand.drag(*(reversed(ends) if backwards else ends))
    assert started.graph.wires[-1] == wire("dense.out", "relu.in")
    assert started.undo_stack.count() == 1
    assert (wire("dense.out", "relu.in"), 0) in hand.panel.view.graph_scene.wires


def test_a_wire_to_a_taken_input_replaces_the_one_there(hand: Hand, started: Session) -> None:
    started.apply(edits.Disconnect(wire("x.out", "flat.in")))
    hand.drag(("relu", "out"), ("dense", "in"))
    assert started.graph.wires_into("dense", "in") == (wire("relu.out", "dense.in"),)


def test_a_cycle_is_refused_in_words_that_stay_and_go_to_the_session(
    hand: Hand, started: Session, canvas: CanvasPanel, qtbot: QtBot
) -> None:
    before = started.graph
    start = hand.press(("dense", "out"))
    hand.move(start, ("flat", "in"))
    assert canvas.hint.isVisible()
    assert canvas.hint.text() == "a wire from dense to flat would close a cycle"
    with qtbot.waitSignal(started.message) as caught:
        hand.release(("flat", "in"))
    assert caught.args == ["warning", "a wire from dense to flat would close a cycle"]
    assert started.graph is before
    assert canvas.hint.isVisible(), "the reason can still be read"
    qtbot.waitUntil(lambda: not canvas.hint.isVisible(), timeout=4000)


def test_two_outputs_are_refused(hand: Hand, started: Session, canvas: CanvasPanel) -> None:
    start = hand.press(("dense", "out"))
    hand.move(start, ("y", "out"))
    assert "both ends are outputs" in canvas.hint.text()
    hand.key(Qt.Key.Key_Escape)
    assert not canvas.hint.isVisible()


def test_a_problem_of_shape_is_said_while_dragging_and_the_wire_is_laid(
    hand: Hand, started: Session, canvas: CanvasPanel
) -> None:
    start = hand.press(("x", "out"))
    hand.move(start, ("loss", "pred"))
    assert canvas.hint.isVisible()
    assert "(4, 3)" in canvas.hint.text()
    hand.release(("loss", "pred"))
    assert not canvas.hint.isVisible()
    assert started.graph.wires_into("loss", "pred") == (wire("x.out", "loss.pred"),)
    assert canvas.view.graph_scene.nodes["loss"].face.severity == "error"
    assert canvas.view.graph_scene.wires[wire("y.out", "loss.target"), 0].broken, "the port that complains"
    assert not canvas.view.graph_scene.wires[wire("x.out", "loss.pred"), 0].broken


def test_a_wire_dropped_on_a_card_takes_its_free_port(hand: Hand, started: Session) -> None:
    started.apply(edits.Disconnect(wire("y.out", "loss.target")))
    hand.drag(("y", "out"), hand.panel.node_rect("loss").topLeft() + QPoint(60, 12))
    assert wire("y.out", "loss.target") in started.graph.wires


def test_escape_lays_no_wire(hand: Hand, started: Session) -> None:
    start = hand.press(("dense", "out"))
    end = hand.move(start, ("relu", "in"))
    hand.key(Qt.Key.Key_Escape)
    hand.release(end)
    assert started.undo_stack.count() == 0


def test_a_wire_dropped_on_nothing_offers_what_fits_and_wires_it(
    hand: Hand, started: Session, canvas: CanvasPanel
) -> None:
    hand.drag(("flat", "out"), hand.at_scene(450, 300))
    assert canvas.search.isVisible()
    names = canvas.search.shown_names()
    assert "Dense" in names
    assert "Conv2D" not in names, "a row of features is no image"
    assert "Input" not in names, "it has no input"
    hand.key(Qt.Key.Key_Return, to=canvas.search.edit)
    new = next(iter(set(started.graph.nodes) - {"x", "flat", "dense", "y", "loss", "relu"}))
    assert started.graph.nodes[new].type == names[0]
    assert started.graph.wires_from("flat", "out")[-1].target.node == new
    assert started.selection == (new,)
    assert started.undo_stack.count() == 1
    started.undo()
    assert new not in started.graph.nodes


def test_a_wire_from_an_input_dropped_on_nothing_offers_what_feeds_it(
    hand: Hand, started: Session, canvas: CanvasPanel
) -> None:
    started.apply(edits.Disconnect(wire("y.out", "loss.target")))
    hand.drag(("loss", "target"), hand.at_scene(450, 330))
    assert canvas.search.shown_names()[0] == "Target"
    hand.key(Qt.Key.Key_Return, to=canvas.search.edit)
    assert started.graph.wires_into("loss", "target")[0].source.node == "target1"


def test_the_loose_wire_stays_in_sight_until_the_search_closes(hand: Hand, canvas: CanvasPanel) -> None:
    hand.drag(("flat", "out"), hand.at_scene(450, 300))
    assert canvas.view.overlay.shows_wire
    hand.key(Qt.Key.Key_Escape, to=canvas.search.edit)
    assert not canvas.search.isVisible()
    assert not canvas.view.overlay.shows_wire


def test_a_wires_end_is_taken_from_its_input_and_put_elsewhere(hand: Hand, started: Session) -> None:
    hand.drag(("dense", "in"), ("relu", "in"))
    assert wire("flat.out", "relu.in") in started.graph.wires
    assert not started.graph.wires_into("dense", "in")
    assert started.undo_stack.count() == 1


def test_a_wires_end_dropped_on_nothing_removes_the_wire(hand: Hand, started: Session) -> None:
    start = hand.press(("dense", "in"))
    end = hand.move(start, hand.at_scene(330, 120))
    item = hand.panel.view.graph_scene.wires[wire("flat.out", "dense.in"), 0]
    assert not item.isVisible(), "only the loose wire is seen"
    hand.release(end)
    assert wire("flat.out", "dense.in") not in started.graph.wires
    assert not hand.panel.search.isVisible()
    started.undo()
    assert hand.panel.view.graph_scene.wires[wire("flat.out", "dense.in"), 0].isVisible()


def test_escape_and_the_same_port_leave_the_wire_as_it_was(hand: Hand, started: Session) -> None:
    start = hand.press(("dense", "in"))
    end = hand.move(start, hand.at_scene(330, 120))
    hand.key(Qt.Key.Key_Escape)
    hand.release(end)
    start = hand.press(("dense", "in"))
    hand.move(start, hand.at_scene(330, 120))
    hand.move(hand.at_scene(330, 120), start)
    hand.release(start)
    assert started.undo_stack.count() == 0
    assert hand.panel.view.graph_scene.wires[wire("flat.out", "dense.in"), 0].isVisible()


def test_a_wires_start_is_taken_near_its_output(hand: Hand, started: Session) -> None:
    start = hand.place(("y", "out")) + QPoint(14, 0)
    hand.drag(start, ("relu", "out"))
    assert wire("relu.out", "loss.target") in started.graph.wires
    assert wire("y.out", "loss.target") not in started.graph.wires


def test_a_moved_wire_keeps_its_place_at_a_variadic_input(hand: Hand, started: Session) -> None:
    started.apply(edits.AddNode("Add", pos=(600, 300), id="add"))
    started.apply(edits.Disconnect(wire("y.out", "loss.target")))
    for source in ("x.out", "y.out", "dense.out"):
        started.apply(edits.Connect(*wire(source, "add.in")))
    item = hand.panel.view.graph_scene.wires[wire("y.out", "add.in"), 0]
    path = item.path().translated(item.pos())
    hand.drag(hand.at_scene(*path.pointAtPercent(path.percentAtLength(16)).toTuple()), ("relu", "out"))
    sources = [str(w.source) for w in started.graph.wires_into("add", "in")]
    assert sources == ["x.out", "relu.out", "dense.out"]


def test_a_click_selects_a_wire_and_delete_removes_it(hand: Hand, started: Session) -> None:
    started.select(("x",))
    hand.click(hand.middle_of("y.out", "loss.target"))
    scene = hand.panel.view.graph_scene
    assert scene.chosen_wires == (wire("y.out", "loss.target"),)
    assert started.selection == ()
    hand.click(hand.middle_of("dense.out", "loss.pred"), SHIFT)
    hand.key(Qt.Key.Key_Delete)
    assert started.graph.wires == (wire("x.out", "flat.in"), wire("flat.out", "dense.in"))
    assert started.undo_stack.count() == 1


def test_the_same_wire_twice_is_two_wires(hand: Hand, started: Session) -> None:
    started.apply(edits.AddNode("Add", pos=(640, 300), id="add"))
    for _ in range(2):
        started.apply(edits.Connect(*wire("dense.out", "add.in")))
    keys = [key for key in hand.panel.view.graph_scene.wires if key[0] == wire("dense.out", "add.in")]
    assert [number for _, number in keys] == [0, 1]
    hand.click(hand.middle_of("dense.out", "add.in"))
    hand.key(Qt.Key.Key_Delete)
    assert started.graph.wires_into("add", "in") == (wire("dense.out", "add.in"),)


def test_wires_carry_their_shapes(canvas: CanvasPanel) -> None:
    wires = canvas.view.graph_scene.wires
    assert wires[wire("x.out", "flat.in"), 0].label == "4×3"
    assert wires[wire("flat.out", "dense.in"), 0].label == "12"


def test_hovering_warms_a_wire_and_a_port(hand: Hand, canvas: CanvasPanel) -> None:
    scene = canvas.view.graph_scene
    item = scene.wires[wire("y.out", "loss.target"), 0]
    hand.move(hand.at_scene(20, 340), canvas.view.viewportTransform().map(wire_middle(item.start, item.end)))
    assert item.hovered
    hand.move(hand.at_scene(20, 340), ("dense", "in"))
    assert not item.hovered
    assert scene.nodes["dense"].hot_port == ("in", False)
    hand.move(hand.at_scene(20, 340), hand.at_scene(25, 340))
    assert scene.nodes["dense"].hot_port is None


def test_a_label_that_cards_would_cover_is_left_out(canvas: CanvasPanel, started: Session) -> None:
    layer = canvas.view.graph_scene.labels
    item = canvas.view.graph_scene.wires[wire("x.out", "flat.in"), 0]
    assert layer._rects[item].width() > 0
    started.apply(edits.MoveNodes({"flat": (150, 0)}))
    assert layer._rects[item].isEmpty()
    started.apply(edits.MoveNodes({"flat": (-300, 0)}))
    assert layer._rects[item].width() > 0, "a wire that goes back has room"
