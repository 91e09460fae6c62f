"""Notes and frames: drawn, written on, moved with what lies in them, and passed over by all that computes."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from netstudio.annotations import SMALLEST
from netstudio.files.documents import dump_graph, parse_graph
from netstudio.files.picture_svg import svg
from netstudio.files.scene import scene_of
from netstudio.graph import edits
from netstudio.gui.canvas import CanvasPanel
from netstudio.gui.canvas.align import Box
from netstudio.gui.canvas.escort import PADDING, TITLE, around, escorted
from netstudio.gui.session import Session
from tests.gui.canvas.hand import Hand
from tests.gui.canvas.test_panel import in_step

CONTROL = Qt.KeyboardModifier.ControlModifier


def framed(canvas: CanvasPanel, session: Session, *ids: str) -> str:
    session.select(ids)
    canvas.adding.add_frame()
    canvas.rename.leave()
    (frame,) = session.selection
    return frame


def strip(hand: Hand, frame: str) -> QPoint:
    """A point of a frame's title, in the viewport."""
    return hand.panel.node_rect(frame).topLeft().toPoint() + QPoint(40, 12)


def test_a_note_is_added_and_written_on_by_keyboard(hand: Hand, canvas: CanvasPanel, started: Session) -> None:
    canvas.adding.add_note()
    (note,) = started.selection
    assert canvas.note.isVisible()
    QTest.keyClicks(canvas.note, "What we know")
    QTest.keyClick(canvas.note, Qt.Key.Key_Return)
    QTest.keyClicks(canvas.note, "so far")
    QTest.keyClick(canvas.note, Qt.Key.Key_Return, CONTROL)
    assert started.graph.nodes[note].params["text"] == "What we know\nso far"
    assert started.undo_stack.undoText() == f"set text of {note}"
    assert not canvas.note.isVisible()
    face = canvas.view.graph_scene.nodes[note].face
    assert face.sheet is not None
    assert face.sheet.text == "What we know\nso far"
    assert parse_graph(dump_graph(started.graph)) == started.graph


def test_a_double_click_writes_and_esc_keeps_the_old_text(hand: Hand, canvas: CanvasPanel, started: Session) -> None:
    canvas.view.apply_and_select(edits.AddNode("Note", {"text": "old"}, (0, 200)))
    (note,) = started.selection
    hand.double_click(note)
    assert canvas.note.toPlainText() == "old"
    QTest.keyClicks(canvas.note, "new")
    QTest.keyClick(canvas.note, Qt.Key.Key_Escape)
    assert started.graph.nodes[note].params["text"] == "old"
    hand.double_click(note)
    canvas.note.clear()
    canvas.view.setFocus()
    assert "text" not in started.graph.nodes[note].params


def test_a_frame_goes_around_what_is_selected_and_is_named(canvas: CanvasPanel, started: Session) -> None:
    started.select(("flat", "dense"))
    canvas.adding.add_frame()
    (frame,) = started.selection
    assert canvas.rename.isVisible()
    QTest.keyClicks(canvas.rename, "Head")
    QTest.keyClick(canvas.rename, Qt.Key.Key_Return)
    assert started.graph.nodes[frame].title == "Head"
    scene = canvas.view.graph_scene
    assert scene.with_framed((frame,)) == (frame, "flat", "dense")
    in_step(canvas, started)


def test_a_frame_takes_along_what_lies_in_it(hand: Hand, canvas: CanvasPanel, started: Session) -> None:
    frame = framed(canvas, started, "flat", "dense")
    before = dict(started.graph.nodes)
    start = strip(hand, frame)
    hand.drag(start, start + QPoint(30, 60))
    for id in (frame, "flat", "dense"):
        x, y = before[id].pos
        assert started.graph.nodes[id].pos == (x + 30, y + 60)
    assert started.graph.nodes["loss"].pos == before["loss"].pos
    assert started.undo_stack.undoText() == "move 3 nodes"


def test_one_reaches_through_a_frame(hand: Hand, canvas: CanvasPanel, started: Session) -> None:
    frame = framed(canvas, started, "flat", "dense")
    hand.click("dense")
    assert started.selection == ("dense",)
    rect = canvas.node_rect(frame)
    inside = rect.bottomLeft().toPoint() + QPoint(8, -8)
    hand.drag(inside, inside + QPoint(120, -40))
    assert started.selection == ("flat",), "a box begins there, and a frame it does not hold is not selected"
    outside = rect.topLeft().toPoint() - QPoint(6, 6)
    hand.drag(outside, rect.bottomRight().toPoint() + QPoint(6, 6))
    assert set(started.selection) == {frame, "flat", "dense"}


def test_a_corner_makes_it_larger(hand: Hand, canvas: CanvasPanel, started: Session) -> None:
    frame = framed(canvas, started, "flat", "dense")
    size = canvas.view.graph_scene.nodes[frame].card.size()
    corner = canvas.node_rect(frame).bottomRight().toPoint() - QPoint(4, 4)
    hand.drag(corner, corner + QPoint(50, 20))
    assert started.graph.nodes[frame].params["size"] == [size.width() + 50, size.height() + 20]
    assert started.undo_stack.undoText() == f"set size of {frame}"
    corner = canvas.node_rect(frame).bottomRight().toPoint() - QPoint(4, 4)
    hand.move(hand.press(corner), corner - QPoint(900, 900))
    assert canvas.view.graph_scene.nodes[frame].card.width() == SMALLEST
    hand.key(Qt.Key.Key_Escape)
    assert canvas.view.graph_scene.nodes[frame].card.width() == size.width() + 50


def test_what_computes_passes_them_over(canvas: CanvasPanel, started: Session) -> None:
    before = {p.message for p in started.problems}
    canvas.view.apply_and_select(edits.AddNode("Note", {"text": "hello"}))
    framed(canvas, started, "flat")
    assert {p.message for p in started.problems} == before
    picture = svg(scene_of(started.graph))
    assert ">hello</text>" in picture


def test_the_layout_fits_frames_around_and_keeps_notes_near(
    canvas: CanvasPanel, started: Session, qtbot: QtBot
) -> None:
    started.apply(edits.MoveNodes({"flat": (300, 700), "dense": (-200, 900)}))
    frame = framed(canvas, started, "flat", "dense")
    canvas.view.apply_and_select(edits.AddNode("Note", pos=(300, 800)))
    (note,) = started.selection
    by = started.graph.nodes["flat"].pos
    canvas.arranging.lay_out()
    assert started.undo_stack.undoText() == "lay out"
    qtbot.waitUntil(lambda: canvas.arranging.glide.state() == canvas.arranging.glide.State.Stopped)
    assert set(canvas.view.graph_scene.with_framed((frame,))) >= {frame, "flat", "dense"}
    to, at = started.graph.nodes["flat"].pos, started.graph.nodes[note].pos
    assert at == (300 + to[0] - by[0], 800 + to[1] - by[1])
    in_step(canvas, started)


def test_the_box_around_boxes() -> None:
    box = around([Box(0, 0, 10, 20), Box(30, 5, 10, 10)])
    assert box == Box(-PADDING, -PADDING - TITLE, 40 + 2 * PADDING, 20 + 2 * PADDING + TITLE)
    lone = {"n": Box(0, 0, 5, 5), "f": Box(50, 50, 9, 9)}
    assert escorted(lone, {"f"}, (), {"n": (10, 20)}) == {"f": Box(60, 70, 9, 9)}
    assert escorted(lone, {"f"}, (), {}) == {}


@pytest.mark.parametrize("type", ["Note", "Frame"])
def test_wrong_parameters_are_told_and_drawn_all_the_same(type: str, canvas: CanvasPanel, started: Session) -> None:
    text = dump_graph(started.graph).replace('"nodes": [', f'"nodes": [\n    {{"id": "n", "type": "{type}"}},', 1)
    wrong = parse_graph(text)
    started.open_graph(edits.SetParams("n", {"size": [60, 70]}).apply(wrong, started.catalogue))
    assert canvas.view.graph_scene.nodes["n"].card.width() == 60
    started.apply(edits.SetParams("n", {"size": [1, 2]}))
    assert started.graph.nodes["n"].params["size"] == [60, 70], "refused"
