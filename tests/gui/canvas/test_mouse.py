"""Mouse gestures on nodes and on the view."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication

from netstudio.graph.edits import AddNode, MoveNodes
from netstudio.gui.canvas import CanvasPanel
from netstudio.gui.session import Session
from tests.gui.canvas.hand import Hand, wire

SHIFT, CTRL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier


def test_a_click_selects_shift_adds_and_takes_away(hand: Hand, started: Session) -> None:
    hand.click("dense")
    assert started.selection == ("dense",)
    hand.click("loss", SHIFT)
    assert started.selection == ("dense", "loss")
    hand.click("dense", SHIFT)
    assert started.selection == ("loss",)
    hand.click(hand.at_scene(250, 320))
    assert started.selection == ()
    assert started.undo_stack.count() == 0


def test_a_click_on_one_of_several_selects_it_alone(hand: Hand, started: Session) -> None:
    started.select(("dense", "loss"))
    hand.click("loss")
    assert started.selection == ("loss",)


def test_a_drag_moves_the_selected_nodes_in_one_step(hand: Hand, started: Session) -> None:
    started.select(("flat", "dense"))
    start = hand.place("dense")
    hand.drag(start, start + QPoint(30, 50))
    assert started.graph.nodes["dense"].pos == (430, 50)
    assert started.graph.nodes["flat"].pos == (230, 50)
    assert started.graph.nodes["x"].pos == (0, 0)
    assert started.undo_stack.count() == 1
    started.undo()
    assert started.graph.nodes["dense"].pos == (400, 0)


def test_a_drag_of_another_node_moves_that_one_alone(hand: Hand, started: Session) -> None:
    started.select(("flat",))
    start = hand.place("y")
    hand.drag(start, start + QPoint(0, 40))
    assert started.selection == ("y",)
    assert started.graph.nodes["flat"].pos == (200, 0)
    assert started.graph.nodes["y"].pos == (400, 200)


def test_a_press_that_hardly_moves_is_a_click(hand: Hand, started: Session) -> None:
    start = hand.place("dense")
    hand.drag(start, start + QPoint(2, 1))
    assert started.undo_stack.count() == 0
    assert started.selection == ("dense",)


def test_the_card_and_its_wires_follow_the_mouse_before_the_document_does(hand: Hand, started: Session) -> None:
    scene = hand.panel.view.graph_scene
    start = hand.press("dense")
    hand.move(start, start + QPoint(0, 60))
    assert scene.nodes["dense"].scene_rect.top() == 60
    assert (
        scene.wires[wire("flat.out", "dense.in"), 0].end.y()
        == hand.panel.view.graph_scene.nodes["dense"].port_position("in", False).y()
    )
    assert started.graph.nodes["dense"].pos == (400, 0)
    hand.release(start + QPoint(0, 60))
    assert started.graph.nodes["dense"].pos == (400, 60)


def test_escape_cancels_a_move(hand: Hand, started: Session) -> None:
    start = hand.press("dense")
    hand.move(start, start + QPoint(80, 60))
    hand.key(Qt.Key.Key_Escape)
    assert hand.panel.view.graph_scene.nodes["dense"].scene_rect.top() == 0
    hand.release(start + QPoint(80, 60))
    assert started.undo_stack.count() == 0
    assert started.selection == ("dense",), "Esc ended the gesture, not the selection"


def test_a_change_of_the_document_cancels_a_move(hand: Hand, started: Session) -> None:
    start = hand.press("dense")
    hand.move(start, start + QPoint(80, 60))
    started.apply(AddNode("Dense", pos=(0, 400)))
    hand.release(start + QPoint(80, 60))
    assert started.graph.nodes["dense"].pos == (400, 0)
    assert started.undo_stack.count() == 1


def test_a_box_selects_what_it_touches_and_shift_adds(hand: Hand, started: Session) -> None:
    hand.drag(hand.at_scene(380, -40), hand.at_scene(640, 40))
    assert started.selection == ("dense", "loss")
    hand.drag(hand.at_scene(60, 220), hand.at_scene(130, 330), SHIFT)
    assert started.selection == ("dense", "loss", "relu")
    hand.drag(hand.at_scene(60, 220), hand.at_scene(130, 330))
    assert started.selection == ("relu",)


def test_escape_takes_a_box_selection_back(hand: Hand, started: Session) -> None:
    started.select(("y",))
    a = hand.press(hand.at_scene(380, -40))
    b = hand.move(a, hand.at_scene(640, 40))
    assert started.selection == ("dense", "loss")
    hand.key(Qt.Key.Key_Escape)
    hand.release(b)
    assert started.selection == ("y",)


def test_a_change_of_the_document_during_a_box_selection_shows_the_selection_as_it_is(
    hand: Hand, canvas: CanvasPanel, started: Session
) -> None:
    started.apply(AddNode("ReLU", pos=(700, 240), id="new"))
    started.select(("y",))
    a = hand.press(hand.at_scene(380, -40))
    hand.move(a, hand.at_scene(860, 320))
    assert "new" in started.selection
    started.undo()
    assert started.selection == ("y",)
    assert [id for id, item in canvas.view.graph_scene.nodes.items() if item.chosen] == ["y"]


def test_ctrl_and_drag_duplicates_with_the_wires_between(hand: Hand, started: Session) -> None:
    started.select(("flat", "dense"))
    start = hand.place("dense")
    hand.drag(start, start + QPoint(0, 120), CTRL)
    assert started.graph.nodes["dense"].pos == (400, 0)
    new = set(started.graph.nodes) - {"x", "flat", "dense", "y", "loss", "relu"}
    assert new == {"flatten1", "dense1"} == set(started.selection)
    assert started.graph.nodes["dense1"].pos == (400, 120)
    assert started.graph.nodes["dense1"].params == {"units": 2}
    assert wire("flatten1.out", "dense1.in") in started.graph.wires
    assert len(started.graph.wires) == 5
    assert started.undo_stack.count() == 1


def test_escape_cancels_a_duplicate(hand: Hand, started: Session) -> None:
    start = hand.press("dense", CTRL)
    b = hand.move(start, start + QPoint(0, 120))
    hand.key(Qt.Key.Key_Escape)
    hand.release(b, CTRL)
    assert started.undo_stack.count() == 0


def test_ctrl_and_click_toggles(hand: Hand, started: Session) -> None:
    hand.click("dense", CTRL)
    hand.click("loss", CTRL)
    hand.click("dense", CTRL)
    assert started.selection == ("loss",)


def test_a_free_node_dropped_on_a_wire_is_inserted_and_makes_room(hand: Hand, started: Session) -> None:
    hand.drag("relu", hand.middle_of("flat.out", "dense.in"))
    assert set(started.graph.wires) >= {wire("flat.out", "relu.in"), wire("relu.out", "dense.in")}
    xs = {id: node.pos[0] for id, node in started.graph.nodes.items()}
    assert xs["flat"] + 200 <= xs["relu"] <= xs["dense"] - 200
    assert xs["loss"] - xs["dense"] == 200, "what follows moved along"
    assert started.undo_stack.count() == 1
    started.undo()
    assert started.graph.nodes["relu"].pos == (100, 240)
    assert started.graph.nodes["dense"].pos == (400, 0)


def test_a_wired_node_dropped_on_a_wire_is_only_moved(hand: Hand, started: Session) -> None:
    before = started.graph.wires
    hand.drag("y", hand.middle_of("flat.out", "dense.in"))
    assert started.graph.wires == before


def test_the_middle_button_pans(hand: Hand, canvas: CanvasPanel) -> None:
    before = canvas.node_rect("dense").topLeft()
    hand.drag(hand.at_scene(250, 320), hand.at_scene(250, 320) + QPoint(70, -30), button=Qt.MouseButton.MiddleButton)
    assert canvas.node_rect("dense").topLeft() == before + QPointF(70, -30)


def test_space_and_drag_pans_and_selects_nothing(hand: Hand, canvas: CanvasPanel, started: Session) -> None:
    from PySide6.QtTest import QTest

    before = canvas.node_rect("dense").topLeft()
    QTest.keyPress(canvas.view, Qt.Key.Key_Space)
    start = hand.place("dense")
    hand.drag(start, start + QPoint(-40, 25))
    QTest.keyRelease(canvas.view, Qt.Key.Key_Space)
    assert canvas.node_rect("dense").topLeft() == before + QPointF(-40, 25)
    assert started.selection == ()
    hand.click("dense")
    assert started.selection == ("dense",)


def turn_wheel(canvas: CanvasPanel, at: QPointF, delta: int) -> None:
    no = Qt.MouseButton.NoButton
    event = QWheelEvent(
        at, canvas.viewport().mapToGlobal(at), QPoint(), QPoint(0, delta), no, Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(canvas.viewport(), event)


def test_the_wheel_zooms_at_the_cursor(canvas: CanvasPanel) -> None:
    at = canvas.port_pos("loss", "pred")
    turn_wheel(canvas, at, 240)
    assert canvas.view.zoom > 1.3
    assert (canvas.port_pos("loss", "pred") - at).manhattanLength() < 2
    turn_wheel(canvas, at, -600)
    assert canvas.view.zoom < 0.7
    assert (canvas.port_pos("loss", "pred") - at).manhattanLength() < 2


def test_the_zoom_has_ends(canvas: CanvasPanel) -> None:
    for delta, low, high in ((9000, 3.9, 4.1), (-9000, 0.009, 0.011)):
        turn_wheel(canvas, QPointF(300, 300), delta)
        assert low < canvas.view.zoom < high


def test_zoomed_far_out_a_port_is_no_target_but_the_card_is(hand: Hand, canvas: CanvasPanel, started: Session) -> None:
    turn_wheel(canvas, QPointF(400, 300), -900)
    assert canvas.view.zoom < 0.35
    start = hand.place(("dense", "in"))
    hand.drag(start + QPoint(1, 0), start + QPoint(1, 60))
    assert wire("flat.out", "dense.in") in started.graph.wires
    assert started.graph.nodes["dense"].pos[1] > 100


def test_moves_land_on_whole_units(hand: Hand, canvas: CanvasPanel, started: Session) -> None:
    turn_wheel(canvas, QPointF(400, 300), 100)
    hand.drag("dense", hand.place("dense") + QPoint(31, 17))
    x, y = started.graph.nodes["dense"].pos
    assert (x, y) == (int(x), int(y)) != (400, 0)
    started.apply(MoveNodes({"dense": (0.5, 0.25)}))
    assert canvas.view.graph_scene.nodes["dense"].pos() == QPointF(0.5, 0.25)
