"""Many nodes dragged from afar: a picture of them moves, and what is dropped is the document's."""

from __future__ import annotations

from itertools import pairwise

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtWidgets import QGraphicsPixmapItem

from netstudio.graph import Graph, Node, Wire
from netstudio.gui.canvas import CanvasPanel
from netstudio.gui.canvas.geometry import FAR
from netstudio.gui.session import Session
from tests.gui.canvas.hand import Hand
from tests.gui.canvas.test_panel import in_step

COUNT = 100


@pytest.fixture
def chain(canvas: CanvasPanel, started: Session) -> list[str]:
    """A long chain seen from afar, all but its last node selected."""
    ids = [f"r{i}" for i in range(COUNT)]
    nodes = {id: Node(id, "ReLU", {}, (200.0 * (i % 20), 100.0 * (i // 20))) for i, id in enumerate(ids)}
    wires = tuple(Wire.parse(f"{a}.out", f"{b}.in") for a, b in pairwise(ids))
    started.open_graph(Graph("chain", nodes, wires))
    canvas.view.scale(0.2 / canvas.view.zoom, 0.2 / canvas.view.zoom)
    canvas.view.centerOn(1900, 250)
    assert canvas.view.zoom < FAR
    started.select(ids[:-1])
    return ids


def pictures(canvas: CanvasPanel) -> list[QGraphicsPixmapItem]:
    return [i for i in canvas.view.graph_scene.items() if isinstance(i, QGraphicsPixmapItem)]


def test_a_picture_moves_and_the_drop_moves_the_nodes(
    hand: Hand, canvas: CanvasPanel, started: Session, chain: list[str]
) -> None:
    scene = canvas.view.graph_scene
    edge = scene.wires[Wire.parse(f"{chain[-2]}.out", f"{chain[-1]}.in"), 0]
    before, start = edge.start, hand.press(chain[30])
    at = hand.move(start, start + QPoint(40, 20))
    (picture,) = pictures(canvas)
    assert picture.isVisible()
    assert not scene.nodes[chain[0]].isVisible()
    assert scene.nodes[chain[-1]].isVisible()
    shift = edge.start - before
    assert shift == QPointF(200, 100), "a wire to what stays is drawn to the picture"
    assert edge.end == scene.nodes[chain[-1]].port_position("in", False)
    hand.release(at)
    assert pictures(canvas) == []
    assert started.graph.nodes[chain[0]].pos == (200, 100)
    assert started.undo_stack.undoText() == f"move {COUNT - 1} nodes"
    assert all(item.isVisible() for item in scene.nodes.values())
    in_step(canvas, started)


def test_esc_leaves_all_where_it_was(hand: Hand, canvas: CanvasPanel, started: Session, chain: list[str]) -> None:
    start = hand.press(chain[30])
    hand.move(start, start + QPoint(40, 20))
    hand.key(Qt.Key.Key_Escape)
    assert pictures(canvas) == []
    assert started.undo_stack.count() == 0
    in_step(canvas, started)


def test_a_drag_back_to_where_it_began_shows_the_nodes_again(
    hand: Hand, canvas: CanvasPanel, started: Session, chain: list[str]
) -> None:
    start = hand.press(chain[30])
    hand.move(start, start + QPoint(40, 20))
    hand.release(hand.move(start + QPoint(40, 20), start))
    assert pictures(canvas) == []
    assert started.undo_stack.count() == 0
    in_step(canvas, started)


def test_few_nodes_move_themselves(hand: Hand, canvas: CanvasPanel, started: Session, chain: list[str]) -> None:
    started.select(chain[:10])
    start = hand.press(chain[5])
    at = hand.move(start, start + QPoint(40, 20))
    assert pictures(canvas) == []
    hand.release(at)
    in_step(canvas, started)
