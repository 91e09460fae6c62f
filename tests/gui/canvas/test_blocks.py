"""Blocks from within: entering and leaving them, and working in there by mouse and keyboard."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolButton
from pytestqt.qtbot import QtBot

from netstudio.catalogue import CATALOGUE
from netstudio.graph import edits
from netstudio.graph.edits import Group
from netstudio.graph.inside import inside
from netstudio.gui.canvas import CanvasPanel
from netstudio.gui.session import Session
from tests.gui.canvas.hand import Hand, small_graph, wire
from tests.gui.canvas.test_panel import in_step


@pytest.fixture
def block(canvas: CanvasPanel, started: Session) -> str:
    """The small graph with flat and dense in a block, which the canvas shows from outside."""
    graph, id = Group(("flat", "dense"), "encoder").place(small_graph(), CATALOGUE)
    started.open_graph(graph)
    return id


def crumb(canvas: CanvasPanel, depth: int) -> QToolButton:
    (found,) = (b for b in canvas.findChildren(QToolButton, f"breadcrumb.{depth}") if b.isVisible())
    return found


def test_a_double_click_enters_and_esc_leaves(hand: Hand, canvas: CanvasPanel, started: Session, block: str) -> None:
    assert not canvas.breadcrumbs.isVisible()
    hand.double_click(block)
    assert started.here.path == (block,)
    assert set(canvas.view.graph_scene.nodes) == {"in", "flat", "dense", "out"}
    assert canvas.breadcrumbs.titles() == ["small", "encoder"]
    assert canvas.breadcrumbs.isVisible()
    in_step(canvas, started)
    hand.click("dense")
    hand.key(Qt.Key.Key_Escape)
    assert started.here.path == (block,), "the first Esc takes back the selection"
    hand.key(Qt.Key.Key_Escape)
    assert started.here.path == ()
    assert started.selection == (block,)
    assert not canvas.breadcrumbs.isVisible()
    in_step(canvas, started)


def test_a_crumb_leads_back(hand: Hand, canvas: CanvasPanel, started: Session, block: str) -> None:
    started.apply(Group((block, "relu"), "body"))
    started.go_to(("body1", block))
    assert canvas.breadcrumbs.titles() == ["small", "body", "encoder"]
    QTest.mouseClick(crumb(canvas, 1), Qt.MouseButton.LeftButton)
    assert started.here.path == ("body1",)
    assert started.selection == (block,)
    QTest.mouseClick(crumb(canvas, 0), Qt.MouseButton.LeftButton)
    assert started.here.path == ()


def test_an_edit_inside_is_one_step_of_the_document(hand: Hand, started: Session, block: str) -> None:
    before = started.graph
    hand.double_click(block)
    start = hand.place("dense")
    hand.drag(start, start + QPoint(40, 30))
    assert started.undo_stack.undoText() == "move dense"
    assert started.graph is not before
    moved = inside(started.graph, block).nodes["dense"].pos
    assert moved == started.here.graph.nodes["dense"].pos
    started.undo()
    assert started.graph is before
    assert started.here.path == (block,), "undo stays where one is"


def test_shapes_and_problems_live_inside_and_are_seen_from_outside(
    hand: Hand, canvas: CanvasPanel, started: Session, block: str
) -> None:
    hand.double_click(block)
    labels = {str(w): i.label for (w, _), i in canvas.view.graph_scene.wires.items()}
    assert labels["in.out → flat.in"] == "4×3"
    started.apply_here(edits.Disconnect(wire("in.out", "flat.in")))
    assert canvas.view.graph_scene.nodes["flat"].face.severity == "error"
    hand.drag(("in", "out"), ("flat", "in"))
    assert started.undo_stack.undoText() == "connect in.out to flat.in"
    assert canvas.view.graph_scene.nodes["flat"].face.severity is None
    started.undo()
    started.leave_block()
    assert canvas.view.graph_scene.nodes[block].face.severity == "error"
    (problem,) = (p for p in started.problems if p.inside)
    assert (problem.node, problem.inside) == (block, ("flat",))


def test_nodes_untouched_by_an_edit_inside_are_not_laid_out_anew(hand: Hand, started: Session, block: str) -> None:
    hand.double_click(block)
    before = started.here
    started.apply_here(edits.SetParams("dense", {"units": 5}))
    assert started.here.graph.nodes["flat"] is before.graph.nodes["flat"]
    assert started.here.analysis.nodes["flat"] is before.analysis.nodes["flat"]
    assert started.here.graph.nodes["dense"] is not before.graph.nodes["dense"]
    assert started.here.graph.wires is before.graph.wires


def test_an_input_inside_is_a_port_outside(hand: Hand, canvas: CanvasPanel, started: Session, block: str) -> None:
    hand.double_click(block)
    canvas.view.apply_and_select(edits.AddNode("Input", pos=(0, 200)))
    (added,) = started.selection
    started.leave_block()
    assert canvas.port_pos(block, added)
    assert any(p.node == block and p.port == added for p in started.problems)
    started.enter(block)
    started.select((added,))
    hand.key(Qt.Key.Key_Delete)
    started.leave_block()
    with pytest.raises(KeyError):
        canvas.port_pos(block, added)


def test_copying_grouping_and_laying_out_work_inside(
    hand: Hand, canvas: CanvasPanel, started: Session, block: str, qtbot: QtBot
) -> None:
    hand.double_click(block)
    started.select(("flat", "dense"))
    canvas.copy()
    canvas.paste()
    assert "dense1" in started.here.graph.nodes
    canvas.group_selected()
    (inner,) = started.selection
    assert started.here.graph.nodes[inner].type == "Composite"
    hand.double_click(inner)
    assert started.here.path == (block, inner)
    assert "dense1" in started.here.graph.nodes
    canvas.arranging.lay_out()
    hand.key(Qt.Key.Key_Escape)
    canvas.ungroup_selected()
    assert "dense1" in {n.split("_")[0] for n in started.here.graph.nodes} | set(started.here.graph.nodes)
    in_step(canvas, started)
    started.leave_block()
    canvas.paste()
    assert started.here.path == ()
    assert len([n for n in started.graph.nodes.values() if n.type == "Dense"]) == 1
    qtbot.waitUntil(lambda: canvas.arranging.glide.state() == canvas.arranging.glide.State.Stopped)


def test_undoing_the_group_leaves_it(canvas: CanvasPanel, started: Session) -> None:
    started.select(("flat", "dense"))
    canvas.group_selected()
    (made,) = started.selection
    started.enter(made)
    started.select(("dense",))
    started.undo()
    assert started.here.path == ()
    assert started.selection == (), "what was selected inside is none of the nodes outside"
    in_step(canvas, started)


def test_what_can_not_stand_in_a_block_is_refused_there(hand: Hand, started: Session, block: str, qtbot: QtBot) -> None:
    hand.double_click(block)
    with qtbot.waitSignal(started.message) as caught:
        started.apply_here(edits.AddNode("MeanSquaredError"))
    assert caught.args is not None
    assert "can't stand in a block; leave encoder and add it there" in caught.args[1]
    assert started.undo_stack.count() == 0


def test_a_graph_keeps_its_place_while_a_block_is_looked_at(hand: Hand, canvas: CanvasPanel, block: str) -> None:
    canvas.view.zoom_at(1.3, canvas.node_rect(block).center())
    before = canvas.node_rect(block)
    hand.double_click(block)
    hand.key(Qt.Key.Key_Escape)
    QApplication.processEvents()
    after = canvas.node_rect(block)
    assert abs(after.x() - before.x()) <= 1
    assert after.width() == before.width()


def test_each_document_is_left_at_its_own_level(canvas: CanvasPanel, started: Session, block: str) -> None:
    first = started.document
    started.enter(block)
    started.new()
    assert started.here.path == ()
    assert not canvas.breadcrumbs.isVisible()
    started.apply(edits.AddNode("ReLU"))
    started.show(first)
    assert started.here.path == (block,)
    assert canvas.breadcrumbs.isVisible()
    in_step(canvas, started)
