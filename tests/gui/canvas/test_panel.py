"""The panel: what it tells, what its commands do, and how it keeps in step."""

from __future__ import annotations

import json
import random

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent, QGuiApplication
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from netstudio.errors import EditError
from netstudio.graph import Graph, Node, edits
from netstudio.gui.canvas import CanvasPanel
from netstudio.gui.canvas.drops import NODE_MIME
from netstudio.gui.session import Session
from netstudio.gui.theme import Theme
from tests.gui.canvas.hand import Hand, seen, wire
from tests.gui.toys import FakeTrainer

COPY, NO_KEY = Qt.DropAction.CopyAction, Qt.KeyboardModifier.NoModifier


def in_step(panel: CanvasPanel, session: Session) -> None:
    """The scene shows what of the session's graph it is to show, no more and no less."""
    scene, graph = panel.view.graph_scene, session.here.graph
    assert set(scene.nodes) == set(graph.nodes)
    assert sorted(w for w, _ in scene.wires) == sorted(graph.wires)
    shown = [i for i in scene.items() if type(i).__name__ in ("NodeItem", "WireItem")]
    assert len(shown) == len(scene.nodes) + len(scene.wires)
    for id, node in graph.nodes.items():
        item = scene.nodes[id]
        assert (item.pos().x(), item.pos().y()) == node.pos
        assert item.face.title == node.title
        assert item.chosen == (id in session.selection)
    for (w, _), item in scene.wires.items():
        assert item.start == scene.nodes[w.source.node].port_position(w.source.port, True)
        assert item.end == scene.nodes[w.target.node].port_position(w.target.port, False)


def test_rectangles_and_ports_are_in_the_viewports_pixels(canvas: CanvasPanel) -> None:
    rect = canvas.node_rect("dense")
    assert rect.width() == 144
    assert canvas.port_pos("dense", "in") == QPointF(rect.left(), rect.top() + 44)
    assert canvas.port_pos("dense", "out").x() == rect.right()
    canvas.zoom_in()
    assert canvas.node_rect("dense").width() == pytest.approx(180)
    canvas.zoom_out()
    assert canvas.node_rect("dense").width() == pytest.approx(144)
    with pytest.raises(KeyError, match="dense has no port 'pred'"):
        canvas.port_pos("dense", "pred")
    with pytest.raises(KeyError):
        canvas.node_rect("ghost")


def test_the_scene_keeps_in_step_with_any_edits_undone_and_redone(canvas: CanvasPanel, started: Session) -> None:
    pick = random.Random(7)
    for _ in range(120):
        ids = list(started.graph.nodes)
        what = pick.randrange(7)
        if what < 2 or not ids:
            started.apply(edits.AddNode(pick.choice(["Dense", "Add", "ReLU"]), pos=(pick.randrange(900), 0)))
        elif what == 2:
            started.apply(edits.RemoveNodes((pick.choice(ids),), heal=bool(pick.randrange(2))))
        elif what == 3:
            started.apply(edits.Connect(*wire(f"{pick.choice(ids)}.out", f"{pick.choice(ids)}.in")))
        elif what == 4:
            started.apply(edits.MoveNodes({pick.choice(ids): (pick.randrange(900), pick.randrange(600))}))
        elif what == 5:
            started.undo()
        else:
            started.select(pick.sample(ids, min(2, len(ids))))
        in_step(canvas, started)
    while started.undo_stack.canUndo():
        started.undo()
    in_step(canvas, started)
    QApplication.processEvents()


def test_an_edit_lays_out_only_the_cards_it_touches(canvas: CanvasPanel, started: Session) -> None:
    faces = {id: item.face for id, item in canvas.view.graph_scene.nodes.items()}
    started.apply(edits.SetParams("dense", {"units": 3}))
    changed = {id for id, item in canvas.view.graph_scene.nodes.items() if item.face is not faces[id]}
    assert changed == {"dense", "loss"}, "the loss now has a problem"


def test_another_document_replaces_all(canvas: CanvasPanel, started: Session) -> None:
    started.open_graph(Graph("other", {"a": Node("a", "ReLU")}))
    in_step(canvas, started)
    started.new()
    in_step(canvas, started)
    canvas.fit_all()
    assert canvas.view.zoom == 1


def test_a_node_of_an_unknown_type_is_shown_with_the_ports_its_wires_name(
    canvas: CanvasPanel, started: Session
) -> None:
    nodes = {"a": Node("a", "ReLU"), "b": Node("b", "Mystery", pos=(200, 0))}
    started.open_graph(Graph("odd", nodes, (wire("a.out", "b.here"),)))
    assert canvas.port_pos("b", "here").x() == canvas.node_rect("b").left()
    face = canvas.view.graph_scene.nodes["b"].face
    assert face.severity == "error"
    assert "Mystery" in face.problem
    canvas.grab()


def test_fit_shows_everything_or_what_is_selected(canvas: CanvasPanel, started: Session) -> None:
    started.apply(edits.AddNode("ReLU", pos=(5000, 3000), id="far"))
    assert not seen(canvas, canvas.node_rect("far"))
    canvas.fit_all()
    assert all(seen(canvas, canvas.node_rect(id)) for id in started.graph.nodes)
    started.select(("x", "flat"))
    canvas.fit_selection()
    assert seen(canvas, canvas.node_rect("x"))
    assert not seen(canvas, canvas.node_rect("far"))
    canvas.center_on("far")
    middle = QPointF(canvas.viewport().rect().center())
    assert (canvas.node_rect("far").center() - middle).manhattanLength() < 3


def test_layout_is_one_step_and_ends_where_the_document_says(
    canvas: CanvasPanel, started: Session, qtbot: QtBot
) -> None:
    canvas.arranging.lay_out()
    item = canvas.view.graph_scene.nodes["loss"]
    assert started.undo_stack.count() == 1
    assert started.undo_stack.undoText() == "lay out"
    assert (item.pos().x(), item.pos().y()) != started.graph.nodes["loss"].pos, "it is under way"
    qtbot.waitUntil(lambda: (item.pos().x(), item.pos().y()) == started.graph.nodes["loss"].pos, timeout=3000)
    in_step(canvas, started)
    assert all(seen(canvas, canvas.node_rect(id)) for id in started.graph.nodes)
    canvas.arranging.lay_out()
    assert started.undo_stack.count() == 1, "what stands well is left alone"


def test_an_edit_during_the_glide_ends_it(canvas: CanvasPanel, started: Session) -> None:
    canvas.arranging.lay_out()
    started.undo()
    in_step(canvas, started)
    QApplication.processEvents()
    in_step(canvas, started)


def test_copy_and_paste_rename_and_keep_the_wires_within(canvas: CanvasPanel, started: Session) -> None:
    started.select(("flat", "dense"))
    canvas.copy()
    assert json.loads(QGuiApplication.clipboard().text())["format"] == "netstudio/graph"
    canvas.paste()
    canvas.paste()
    assert set(started.selection) == {"flatten2", "dense2"}
    assert wire("flatten2.out", "dense2.in") in started.graph.wires
    assert started.graph.nodes["dense1"].pos == (424, 24)
    assert started.graph.nodes["dense2"].pos == (448, 48)
    assert started.graph.nodes["dense2"].params == {"units": 2}
    assert started.undo_stack.count() == 2


def test_cut_takes_the_wires_too_and_paste_brings_the_nodes_back(canvas: CanvasPanel, started: Session) -> None:
    started.select(("flat", "dense"))
    canvas.cut()
    assert not {"flat", "dense"} & set(started.graph.nodes)
    assert [str(w) for w in started.graph.wires] == ["y.out → loss.target"]
    canvas.paste()
    assert wire("flatten1.out", "dense1.in") in started.graph.wires


def test_a_part_is_pasted_into_another_graph_in_sight(canvas: CanvasPanel, started: Session, qtbot: QtBot) -> None:
    other = Session(make_trainer=FakeTrainer())
    panel = CanvasPanel(other)
    qtbot.addWidget(panel)
    panel.resize(600, 400)
    panel.show()
    started.apply(edits.AddNode("ReLU", pos=(9000, 9000), id="far"))
    started.select(("far",))
    canvas.copy()
    panel.paste()
    assert list(other.graph.nodes) == ["relu1"]
    assert seen(panel, panel.node_rect("relu1"))


def test_what_is_no_graph_is_not_pasted_and_said(canvas: CanvasPanel, started: Session, qtbot: QtBot) -> None:
    QGuiApplication.clipboard().setText("just words")
    with qtbot.waitSignal(started.message) as caught:
        canvas.paste()
    assert caught.args is not None
    assert caught.args[1].startswith("Nothing to paste: the clipboard, line 1, column 1: not JSON")
    text = json.dumps({"format": "netstudio/graph", "version": 1, "nodes": [{"id": "a", "type": "Mystery"}]})
    QGuiApplication.clipboard().setText(text)
    with qtbot.waitSignal(started.message) as caught:
        canvas.paste()
    assert caught.args is not None
    assert "Mystery" in caught.args[1]
    assert started.undo_stack.count() == 0


def test_duplicate_select_all_delete(canvas: CanvasPanel, started: Session) -> None:
    started.select(("dense",))
    canvas.duplicate()
    assert started.graph.nodes["dense1"].pos == (424, 24)
    canvas.select_all()
    assert len(started.selection) == 7
    canvas.delete_selected()
    assert not started.graph.nodes
    canvas.delete_selected()
    canvas.copy()
    canvas.duplicate()
    assert started.undo_stack.count() == 2


def test_nodes_added_in_the_middle_do_not_hide_each_other(canvas: CanvasPanel, started: Session) -> None:
    for _ in range(3):
        canvas.adding.add_at_center("ReLU")
    places = [started.graph.nodes[f"relu{i}"].pos for i in (1, 2, 3)]
    assert len(set(places)) == 3
    assert all(seen(canvas, canvas.node_rect(f"relu{i}")) for i in (1, 2, 3))


def test_progress_shows_on_the_node_it_is_told_of(canvas: CanvasPanel) -> None:
    nodes = canvas.view.graph_scene.nodes
    canvas.set_progress("loss", 0.25)
    assert nodes["loss"].progress == 0.25
    assert nodes["dense"].progress is None
    canvas.set_progress(None, 0.0)
    assert nodes["loss"].progress is None


def test_a_click_in_the_minimap_goes_there(canvas: CanvasPanel, hand: Hand, started: Session, qtbot: QtBot) -> None:
    started.apply(edits.AddNode("ReLU", pos=(4000, 2000), id="far"))
    canvas.grab()
    qtbot.mouseClick(canvas.minimap, Qt.MouseButton.LeftButton, pos=canvas.minimap.rect().bottomRight() - QPoint(9, 9))
    assert seen(canvas, canvas.node_rect("far"))
    canvas.set_minimap_visible(False)
    assert not canvas.minimap.isVisible()


def test_a_whole_graph_stays_whole_when_the_canvas_is_resized_until_someone_moves(canvas: CanvasPanel) -> None:
    canvas.fit_all()
    whole = canvas.view.zoom
    canvas.resize(canvas.width() // 2, canvas.height() // 2)
    assert canvas.view.zoom < whole
    canvas.zoom_in()
    chosen = canvas.view.zoom
    canvas.resize(canvas.width() * 2, canvas.height() * 2)
    assert canvas.view.zoom == chosen


def test_the_minimap_makes_room_while_the_whole_graph_is_in_view(canvas: CanvasPanel) -> None:
    canvas.fit_all()
    assert not canvas.minimap.isVisible()
    for _ in range(8):
        canvas.zoom_in()
    assert canvas.minimap.isVisible()


def test_the_theme_changes_every_colour(canvas: CanvasPanel) -> None:
    pictures = []
    for name in ("dark", "light"):
        canvas.apply_theme(Theme.named(name))  # type: ignore[arg-type]
        pictures.append(canvas.grab().toImage())
        assert pictures[-1].pixelColor(3, 400) == Theme.named(name).canvas  # type: ignore[arg-type]
    dense = canvas.node_rect("dense").toRect()
    body = dense.bottomRight() - QPoint(20, 4)
    assert pictures[0].pixelColor(body) == Theme.named("dark").panel
    assert pictures[1].pixelColor(body) == Theme.named("light").panel


def mime(type_name: str, kind: str = NODE_MIME) -> QMimeData:
    data = QMimeData()
    data.setData(kind, type_name.encode())
    return data


def drag_in(canvas: CanvasPanel, data: QMimeData, at: QPoint) -> QDropEvent:
    left = Qt.MouseButton.LeftButton
    QApplication.sendEvent(canvas.viewport(), QDragEnterEvent(at, COPY, data, left, NO_KEY))
    QApplication.sendEvent(canvas.viewport(), QDragMoveEvent(at, COPY, data, left, NO_KEY))
    drop = QDropEvent(QPointF(at), COPY, data, left, NO_KEY)
    QApplication.sendEvent(canvas.viewport(), drop)
    return drop


def test_a_type_dropped_from_the_palette_stands_under_the_mouse(
    canvas: CanvasPanel, hand: Hand, started: Session
) -> None:
    at = hand.at_scene(480, 330)
    assert drag_in(canvas, mime("Dense"), at).isAccepted()
    assert canvas.node_rect("dense1").center().toPoint() == at
    assert started.selection == ("dense1",)


def test_a_type_dropped_on_a_wire_is_inserted(canvas: CanvasPanel, hand: Hand, started: Session) -> None:
    drag_in(canvas, mime("ReLU"), hand.middle_of("flat.out", "dense.in"))
    assert wire("flat.out", "relu1.in") in started.graph.wires
    assert started.graph.nodes["dense"].pos[0] >= started.graph.nodes["relu1"].pos[0] + 200
    assert started.undo_stack.count() == 1


def test_a_type_that_can_not_stand_on_a_wire_is_only_added(canvas: CanvasPanel, hand: Hand, started: Session) -> None:
    before = started.graph.wires
    drag_in(canvas, mime("Input"), hand.middle_of("flat.out", "dense.in"))
    assert "input1" in started.graph.nodes
    assert started.graph.wires == before


@pytest.mark.parametrize("data", [mime("Mystery"), mime("Dense", "text/plain")])
def test_other_drags_are_not_taken(canvas: CanvasPanel, hand: Hand, started: Session, data: QMimeData) -> None:
    drag_in(canvas, data, hand.at_scene(480, 330))
    assert started.undo_stack.count() == 0


def test_an_edit_the_graph_refuses_selects_nothing_new(canvas: CanvasPanel, started: Session) -> None:
    started.select(("x",))
    with pytest.raises(EditError):
        edits.AddNode("Mystery").apply(started.graph, started.catalogue)
    canvas.adding.add_at_center("Mystery")
    assert started.selection == ("x",)
