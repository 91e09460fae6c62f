"""Aligning, distributing, snapping, bypassing, healing, pasting with wires, and scrolling under a drag."""

from __future__ import annotations

import json

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from netstudio.files.documents import dump_graph, parse_graph
from netstudio.graph import edits
from netstudio.gui.canvas import CanvasPanel
from netstudio.gui.canvas.align import Box, align, distribute, snapped
from netstudio.gui.canvas.edge_scroll import FASTEST, ZONE, _speed
from netstudio.gui.session import Session
from tests.gui.canvas.hand import Hand, wire
from tests.gui.canvas.test_panel import in_step

BOXES = {"a": Box(0, 5, 10, 20), "b": Box(30, 0, 40, 10), "c": Box(100, 50, 20, 30)}


@pytest.mark.parametrize(
    ("edge", "expected"),
    [
        ("left", {"a": (0, 5), "b": (0, 0), "c": (0, 50)}),
        ("right", {"a": (110, 5), "b": (80, 0), "c": (100, 50)}),
        ("top", {"a": (0, 0), "b": (30, 0), "c": (100, 0)}),
        ("bottom", {"a": (0, 60), "b": (30, 70), "c": (100, 50)}),
        ("middle", {"a": (55, 5), "b": (40, 0), "c": (50, 50)}),
        ("row", {"a": (0, 30), "b": (30, 35), "c": (100, 25)}),
    ],
)
def test_aligned_cards_share_an_edge_or_a_middle(edge: str, expected: dict[str, tuple[float, float]]) -> None:
    assert align(BOXES, edge) == expected


def test_distributed_cards_have_even_gaps_and_the_outermost_stay() -> None:
    assert distribute(BOXES, across=True) == {"a": (0, 5), "b": (35, 0), "c": (100, 50)}
    assert distribute(BOXES, across=False) == {"b": (30, 0), "a": (0, 20), "c": (100, 50)}
    two = {"a": BOXES["a"], "b": BOXES["b"]}
    assert distribute(two, across=True) == {"a": (0, 5), "b": (30, 0)}
    assert snapped((37, -13), 24) == (48, -24)


def test_aligning_is_one_step_that_glides(canvas: CanvasPanel, started: Session, qtbot: QtBot) -> None:
    started.select(("x", "y", "relu"))
    canvas.arranging.align_selected("left")
    assert [started.graph.nodes[i].pos for i in ("x", "y", "relu")] == [(0, 0), (0, 160), (0, 240)]
    assert started.undo_stack.undoText() == "align 3 nodes"
    qtbot.waitUntil(lambda: canvas.view.graph_scene.nodes["y"].pos().x() == 0, timeout=3000)
    in_step(canvas, started)
    canvas.arranging.align_selected("left")
    canvas.arranging.distribute_selected(across=True)
    assert started.undo_stack.count() == 1, "what stands right is left alone"
    canvas.arranging.distribute_selected(across=False)
    assert started.graph.nodes["y"].pos == (0, 120)


def test_a_dragged_node_lands_on_the_grid_and_the_others_follow(
    hand: Hand, canvas: CanvasPanel, started: Session
) -> None:
    canvas.view.snaps = True
    started.select(("dense", "flat"))
    start = hand.place("dense")
    hand.drag(start, start + QPoint(30, 50))
    assert started.graph.nodes["dense"].pos == (432, 48)
    assert started.graph.nodes["flat"].pos == (232, 48)


def test_a_bypassed_node_is_dimmed_and_works_again_at_the_next_press(
    hand: Hand, canvas: CanvasPanel, started: Session
) -> None:
    before = started.graph
    started.select(("flat", "dense"))
    canvas.bypass_selected()
    assert started.undo_stack.undoText() == "bypass 2 nodes"
    assert [started.graph.nodes[i].bypassed for i in ("flat", "dense", "x")] == [True, True, False]
    face = canvas.view.graph_scene.nodes["dense"].face
    assert (face.bypassed, face.caption, face.weights) == (True, "bypassed", "")
    labels = {str(w): i.label for (w, _), i in canvas.view.graph_scene.wires.items()}
    assert labels["dense.out → loss.pred"] == "4×3", "what came in goes on"
    assert parse_graph(dump_graph(started.graph)) == started.graph
    canvas.bypass_selected()
    assert started.graph == before
    assert started.undo_stack.undoText() == "take back the bypass of 2 nodes"


def test_what_can_not_be_bypassed_is_said(canvas: CanvasPanel, started: Session, qtbot: QtBot) -> None:
    started.select(("x",))
    with qtbot.waitSignal(started.message) as caught:
        canvas.bypass_selected()
    assert caught.args == ["warning", "x can't be bypassed: it has no input"]
    started.select(())
    canvas.bypass_selected()
    assert started.undo_stack.count() == 0


def test_deleting_heals_only_where_the_shapes_allow(hand: Hand, started: Session) -> None:
    started.apply(edits.SetParams("y", {"shape": [5]}))
    started.apply(edits.SetParams("dense", {"units": 5}))
    started.select(("dense",))
    hand.key(Qt.Key.Key_Delete)
    assert not started.graph.wires_into("loss", "pred"), "twelve features are no five"
    assert started.undo_stack.undoText() == "delete dense"
    started.undo()
    started.apply(edits.SetParams("y", {"shape": [12]}))
    started.select(("dense",))
    hand.key(Qt.Key.Key_Delete)
    assert wire("flat.out", "loss.pred") in started.graph.wires


def test_pasting_with_what_fed_the_originals(canvas: CanvasPanel, started: Session) -> None:
    started.select(("flat", "dense"))
    canvas.copy()
    canvas.paste(with_incoming=True)
    assert wire("x.out", "flatten1.in") in started.graph.wires
    assert wire("flatten1.out", "dense1.in") in started.graph.wires
    started.apply(edits.RemoveNodes(("x",)))
    canvas.paste(with_incoming=True)
    assert "flatten2" not in started.graph.incoming
    data = QGuiApplication.clipboard().mimeData()
    assert json.loads(data.text())["format"] == "netstudio/graph"


def test_a_drag_to_the_edge_scrolls_and_takes_the_node_along(
    hand: Hand, canvas: CanvasPanel, started: Session, qtbot: QtBot
) -> None:
    start = hand.press("dense")
    edge = QPoint(canvas.viewport().width() - 4, start.y())
    hand.move(start, edge)
    before = canvas.view.seen().right()
    qtbot.waitUntil(lambda: canvas.view.seen().right() > before + 200)
    hand.release(edge)
    assert started.graph.nodes["dense"].pos[0] > before
    assert not canvas.view._edge.active
    at = canvas.view.seen().right()
    qtbot.wait(50)
    assert canvas.view.seen().right() == at


def test_a_pan_and_a_drag_inside_do_not_scroll_by_themselves(hand: Hand, canvas: CanvasPanel) -> None:
    edge = QPoint(canvas.viewport().width() - 4, 200)
    start = hand.press(edge - QPoint(200, 0), button=Qt.MouseButton.MiddleButton)
    hand.move(start, edge)
    assert not canvas.view._edge.active
    hand.release(edge, button=Qt.MouseButton.MiddleButton)
    assert (_speed(400, 800), _speed(0, 800), _speed(800, 800)) == (0, FASTEST, -FASTEST)
    assert _speed(ZONE / 2, 800) == FASTEST / 2
