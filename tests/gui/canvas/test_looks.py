"""What is painted: faces, measures, contrast, text that stays in its card, tooltips."""

from __future__ import annotations

from itertools import pairwise

import pytest
from PySide6.QtCore import QPoint, QPointF, QRectF
from PySide6.QtGui import QHelpEvent
from PySide6.QtWidgets import QApplication, QToolTip

from netstudio.graph import Port, Problem, edits
from netstudio.gui.canvas import CanvasPanel, tips
from netstudio.gui.canvas.card import SMALL, TITLE, Card
from netstudio.gui.canvas.face import Face, counted
from netstudio.gui.canvas.geometry import card_rect, port_offset, wire_distance, wire_path
from netstudio.gui.canvas.look import metrics, readable_on
from netstudio.gui.session import Session
from netstudio.gui.theme import Theme, contrast
from netstudio.resources import colours
from tests.gui.canvas.hand import Hand, wire


@pytest.mark.parametrize(
    ("number", "text"),
    [(0, "0"), (999, "999"), (1000, "1.0k"), (18_496, "18.5k"), (124_000, "124k"), (999_499, "999k"),
     (999_500, "1.0M"), (1_234_567, "1.2M"), (3_000_000_000, "3.0G"), (5_000_000_000_000, "5000G")],
)  # fmt: skip
def test_counts_are_short(number: int, text: str) -> None:
    assert counted(number) == text


@pytest.mark.parametrize("category", list(colours()["categories"]))
def test_the_title_can_be_read_on_every_category(category: str) -> None:
    strip = Theme.named("dark").category(category)
    assert contrast(readable_on(strip), strip) >= 4.5


def test_faces_tell_what_is_known(canvas: CanvasPanel, started: Session) -> None:
    started.apply(edits.SetFrozen("dense", True))
    started.apply(edits.SetLabel("dense", "Head"))
    face = canvas.view.graph_scene.nodes["dense"].face
    assert (face.title, face.type, face.caption, face.weights, face.frozen) == ("Head", "Dense", "2", "26", True)
    assert face.severity is None
    lone = canvas.view.graph_scene.nodes["relu"].face
    assert lone.severity == "error"
    assert "nothing is wired into 'in'" in lone.problem


def test_a_problem_of_the_last_run_shows_at_its_node(canvas: CanvasPanel, started: Session) -> None:
    started.document.run_problems = (Problem("error", "dense: the loss became NaN", "dense"),)
    started.problems_changed.emit()
    assert canvas.view.graph_scene.nodes["dense"].face.problem == "dense: the loss became NaN"


@pytest.mark.parametrize("text", ["W" * 80, "a b " * 40, "短い名前" * 20, "line\nbreak " * 9])
def test_no_text_leaves_its_card(qapp: QApplication, text: str) -> None:
    face = Face(text, text, "core", "dense", text, "18.5k", True, "p", "error", (Port("in"),), (Port("out"),))
    rect = card_rect(1, 1)
    for made, at, pixels, _ in Card(face, rect, Theme.named("dark"))._texts:
        width = metrics(pixels, pixels == TITLE).horizontalAdvance(made)
        assert at.x() + width <= rect.right()
        assert "\n" not in made
    large, at, pixels, _ = Card(face, rect, Theme.named("dark"))._large_title
    assert at.x() + metrics(pixels, True).horizontalAdvance(large) <= rect.right()
    assert SMALL >= 10


def test_ports_stand_apart_on_taller_cards() -> None:
    rect = card_rect(5, 1)
    ys = [port_offset(i, 5, rect, False).y() for i in range(5)]
    assert min(b - a for a, b in pairwise(ys)) >= 16
    assert ys[-1] < rect.bottom()
    assert card_rect(1, 1).height() < rect.height()


def test_the_distance_from_a_wire_is_that_from_its_curve() -> None:
    for start, end in ((QPointF(0, 0), QPointF(200, 90)), (QPointF(0, 0), QPointF(-150, 40))):
        path = wire_path(start, end)
        for percent in (0.0, 0.2, 0.5, 0.9, 1.0):
            assert wire_distance(start, end, path.pointAtPercent(percent)) < 1.5
        assert wire_distance(start, end, path.pointAtPercent(0.5) + QPointF(0, 60)) > 15


@pytest.mark.qt_log_ignore("does not support raise", extend=True)
def test_tooltips_say_what_does_not_fit(hand: Hand, canvas: CanvasPanel, started: Session) -> None:
    hover = canvas.view._hover

    def tip(at: QPoint) -> str:
        return hover.tip(canvas.view.to_scene(QPointF(at)))

    assert tip(hand.place(("flat", "in"))).startswith("in · 4×3 float")
    assert tip(hand.place(("dense", "out"))).startswith("out · 2 float")
    assert "nothing is wired into" in tip(hand.place("relu"))
    assert tip(hand.place("dense")).splitlines()[0] == "dense · Dense"
    assert tip(hand.middle_of("y.out", "loss.target")) == "y.out → loss.target\n2 float"
    assert tip(hand.at_scene(450, 330)) == ""
    at = hand.place("relu")
    help_event = QHelpEvent(QHelpEvent.Type.ToolTip, at, canvas.viewport().mapToGlobal(at))
    QApplication.sendEvent(canvas.viewport(), help_event)
    assert "nothing is wired into" in QToolTip.text()
    QToolTip.hideText()


def test_a_tooltip_never_reads_a_label_as_markup() -> None:
    assert tips.as_html("<b>x</b>\ny") == "<p>&lt;b&gt;x&lt;/b&gt;<br>y</p>"
    assert tips.as_html("") == ""


def test_problems_ports_and_progress_are_seen(canvas: CanvasPanel, started: Session) -> None:
    theme = Theme.named("dark")
    canvas.apply_theme(theme)
    canvas.set_progress("loss", 1.0)
    picture = canvas.grab().toImage()
    badge = canvas.node_rect("relu").topRight().toPoint() + QPoint(-7, 2)
    assert picture.pixelColor(badge) == theme.error
    bar = QRectF(canvas.node_rect("loss")).bottomLeft().toPoint() + QPoint(20, -3)
    assert picture.pixelColor(bar) == theme.accent
    outline = canvas.node_rect("dense").toRect().topLeft() + QPoint(70, -2)
    assert picture.pixelColor(outline) == theme.canvas
    started.select(("dense",))
    shown = canvas.grab().toImage().pixelColor(outline)
    assert shown.hue() == pytest.approx(theme.accent.hue(), abs=3), "the outline of what is selected"


def test_far_out_nothing_but_blocks_is_painted(canvas: CanvasPanel, started: Session) -> None:
    started.apply(edits.AddNode("Dense", pos=(6_000, 0), id="far"))
    canvas.fit_all()
    theme = Theme.named("dark")
    canvas.apply_theme(theme)
    picture = canvas.grab().toImage()
    strip = canvas.node_rect("far")
    assert canvas.view.zoom < 0.35
    assert picture.pixelColor(QPointF(strip.center().x(), strip.top() + 0.5).toPoint()) != theme.canvas


def test_a_wires_label_follows_the_shape(canvas: CanvasPanel, started: Session) -> None:
    started.apply(edits.SetParams("x", {"shape": [7]}))
    assert canvas.view.graph_scene.wires[wire("x.out", "flat.in"), 0].label == "7"
