"""The keys of the canvas, and renaming."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from netstudio.gui.canvas import CanvasPanel
from netstudio.gui.session import Session
from tests.gui.canvas.hand import Hand, wire

Key = Qt.Key
SHIFT, ALT = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.AltModifier


@pytest.mark.parametrize(("key", "held"), [(Key.Key_Tab, Qt.KeyboardModifier.NoModifier), (Key.Key_A, SHIFT)])
def test_a_node_is_added_with_the_keyboard_alone(
    hand: Hand, canvas: CanvasPanel, started: Session, key: Qt.Key, held: Qt.KeyboardModifier
) -> None:
    canvas.view.setFocus()
    hand.key(key, held)
    assert canvas.search.isVisible()
    QTest.keyClicks(canvas.search.edit, "max pool")
    assert canvas.search.shown_names()[0] == "MaxPooling2D"
    hand.key(Key.Key_Return, to=canvas.search.edit)
    assert not canvas.search.isVisible()
    assert started.graph.nodes["maxpooling2d1"].type == "MaxPooling2D"
    assert started.selection == ("maxpooling2d1",)
    assert canvas.view.hasFocus() or QApplication.focusWidget() in (canvas.view, None)


def test_tab_asks_where_the_mouse_is(hand: Hand, canvas: CanvasPanel, started: Session) -> None:
    hand.move(hand.at_scene(400, 330), hand.at_scene(500, 350))
    hand.key(Key.Key_Tab)
    hand.key(Key.Key_Return, to=canvas.search.edit)
    new = started.graph.nodes[started.selection[0]]
    assert canvas.view.graph_scene.nodes[new.id].scene_rect.center().toPoint() == QPoint(500, 350)


def test_the_arrows_choose_and_escape_closes(hand: Hand, canvas: CanvasPanel, started: Session) -> None:
    hand.key(Key.Key_Tab)
    names = canvas.search.shown_names()
    for key in (Key.Key_Down, Key.Key_Down, Key.Key_Up):
        hand.key(key, to=canvas.search.edit)
    hand.key(Key.Key_Return, to=canvas.search.edit)
    assert started.graph.nodes[started.selection[0]].type == names[1]
    hand.key(Key.Key_Tab)
    hand.key(Key.Key_Escape, to=canvas.search.edit)
    assert not canvas.search.isVisible()
    assert started.undo_stack.count() == 1


def test_nothing_found_is_said_and_enter_does_nothing(hand: Hand, canvas: CanvasPanel, started: Session) -> None:
    hand.key(Key.Key_Tab)
    QTest.keyClicks(canvas.search.edit, "zzzz")
    assert canvas.search.shown_names() == []
    assert "zzzz" in canvas.search.list.item(0).text()
    hand.key(Key.Key_Return, to=canvas.search.edit)
    assert started.undo_stack.count() == 0


def test_arrows_nudge_and_nudges_in_a_row_are_one_step(hand: Hand, started: Session) -> None:
    started.select(("dense", "y"))
    hand.key(Key.Key_Right)
    hand.key(Key.Key_Right)
    hand.key(Key.Key_Down, SHIFT)
    assert started.graph.nodes["dense"].pos == (416, 40)
    assert started.graph.nodes["y"].pos == (416, 200)
    assert started.undo_stack.count() == 1
    started.select(("dense",))
    hand.key(Key.Key_Up)
    assert started.undo_stack.count() == 2
    started.undo()
    started.undo()
    assert started.graph.nodes["dense"].pos == (400, 0)


def test_arrows_with_nothing_selected_do_nothing(hand: Hand, canvas: CanvasPanel, started: Session) -> None:
    before = canvas.node_rect("dense")
    hand.key(Key.Key_Right)
    assert started.undo_stack.count() == 0
    assert canvas.node_rect("dense") == before, "the view does not scroll either"


@pytest.mark.parametrize("key", [Key.Key_Delete, Key.Key_Backspace])
def test_delete_heals_the_chain(hand: Hand, started: Session, key: Qt.Key) -> None:
    started.select(("flat",))
    hand.key(key)
    assert "flat" not in started.graph.nodes
    assert wire("x.out", "dense.in") in started.graph.wires
    started.undo()
    assert wire("x.out", "flat.in") in started.graph.wires


def test_alt_and_delete_keeps_the_wires_apart(hand: Hand, started: Session) -> None:
    started.select(("flat",))
    hand.key(Key.Key_Delete, ALT)
    assert [str(w.source) for w in started.graph.wires] == ["dense.out", "y.out"]


def test_escape_selects_nothing(hand: Hand, started: Session) -> None:
    started.select(("flat",))
    hand.key(Key.Key_Escape)
    assert started.selection == ()


def test_a_node_is_renamed_where_it_stands(hand: Hand, canvas: CanvasPanel, started: Session) -> None:
    started.select(("dense",))
    canvas.begin_rename()
    assert canvas.rename.isVisible()
    assert canvas.rename.geometry().contains(canvas.node_rect("dense").toRect().topLeft() + QPoint(8, 8))
    QTest.keyClicks(canvas.rename, "Head")
    hand.key(Key.Key_Return, to=canvas.rename)
    assert started.graph.nodes["dense"].label == "Head"
    assert canvas.view.graph_scene.nodes["dense"].face.title == "Head"
    assert not canvas.rename.isVisible()
    assert started.undo_stack.count() == 1


def test_escape_leaves_the_label_and_double_click_begins(hand: Hand, canvas: CanvasPanel, started: Session) -> None:
    hand.double_click("dense")
    assert canvas.rename.isVisible()
    QTest.keyClicks(canvas.rename, "Head")
    hand.key(Key.Key_Escape, to=canvas.rename)
    assert not canvas.rename.isVisible()
    assert started.graph.nodes["dense"].label is None


def test_an_emptied_label_shows_the_id_again(hand: Hand, canvas: CanvasPanel, started: Session) -> None:
    hand.double_click("dense")
    QTest.keyClicks(canvas.rename, "Head")
    hand.key(Key.Key_Return, to=canvas.rename)
    hand.double_click("dense")
    hand.key(Key.Key_Backspace, to=canvas.rename)
    hand.key(Key.Key_Return, to=canvas.rename)
    assert started.graph.nodes["dense"].label is None


def test_a_node_deleted_while_it_is_renamed_does_no_harm(hand: Hand, canvas: CanvasPanel, started: Session) -> None:
    hand.double_click("dense")
    started.select(("dense",))
    canvas.delete_selected()
    QTest.keyClicks(canvas.rename, "Head")
    hand.key(Key.Key_Return, to=canvas.rename)
    assert started.undo_stack.count() == 1


def test_double_click_on_empty_canvas_asks_and_on_a_wire_inserts(
    hand: Hand, canvas: CanvasPanel, started: Session
) -> None:
    hand.double_click(hand.at_scene(450, 330))
    assert canvas.search.isVisible()
    hand.key(Key.Key_Escape, to=canvas.search.edit)
    hand.double_click(hand.middle_of("flat.out", "dense.in"))
    assert "Input" not in canvas.search.shown_names()
    QTest.keyClicks(canvas.search.edit, "relu")
    hand.key(Key.Key_Return, to=canvas.search.edit)
    assert wire("flat.out", "relu1.in") in started.graph.wires
    assert wire("relu1.out", "dense.in") in started.graph.wires


def test_tab_goes_on_from_the_selected_node(hand: Hand, canvas: CanvasPanel, started: Session) -> None:
    started.select(("relu",))
    hand.key(Key.Key_Tab)
    assert canvas.search.title.text() == "Feed relu.in", "first what it lacks"
    QTest.keyClicks(canvas.search.edit, "input")
    hand.key(Key.Key_Return, to=canvas.search.edit)
    assert wire("input1.out", "relu.in") in started.graph.wires
    started.select(("relu",))
    hand.key(Key.Key_Tab)
    assert canvas.search.title.text() == "Connect relu.out to"
    QTest.keyClicks(canvas.search.edit, "target")
    hand.key(Key.Key_Return, to=canvas.search.edit)
    assert started.selection == ("target1",), "what can't be wired is added all the same"
    rects = [item.scene_rect for item in canvas.view.graph_scene.nodes.values()]
    assert not any(a.intersects(b) for i, a in enumerate(rects) for b in rects[i + 1 :])
