"""A hand on the mouse and the keyboard, and the graph that most tests of the canvas start from."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from netstudio.graph import Graph, Node, Wire
from netstudio.gui.canvas import CanvasPanel
from netstudio.gui.session import Session
from tests.gui.toys import FakeTrainer

__all__ = ["Hand", "canvas", "hand", "started"]

LEFT, NO_KEY = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


def wire(source: str, target: str) -> Wire:
    return Wire.parse(source, target)


def small_graph() -> Graph:
    """x → flat → dense → loss ← y, and a lone relu below."""
    nodes = [
        Node("x", "Input", {"shape": [4, 3]}, (0, 0)),
        Node("flat", "Flatten", {}, (200, 0)),
        Node("dense", "Dense", {"units": 2}, (400, 0)),
        Node("y", "Target", {"shape": [2]}, (400, 160)),
        Node("loss", "MeanSquaredError", {}, (600, 0)),
        Node("relu", "ReLU", {}, (100, 240)),
    ]
    pairs = (("x.out", "flat.in"), ("flat.out", "dense.in"), ("dense.out", "loss.pred"), ("y.out", "loss.target"))
    return Graph("small", {n.id: n for n in nodes}, tuple(wire(*pair) for pair in pairs))


class Hand:
    """Presses, drags and types on one panel; places are node ids, ports as (node, port), or points of the viewport."""

    def __init__(self, panel: CanvasPanel) -> None:
        self.panel = panel
        self.viewport = panel.viewport()

    def place(self, what: str | tuple[str, str] | QPointF | QPoint) -> QPoint:
        if isinstance(what, str):
            return self.panel.node_rect(what).center().toPoint()
        if isinstance(what, tuple):
            return self.panel.port_pos(*what).toPoint()
        return what.toPoint() if isinstance(what, QPointF) else what

    def at_scene(self, x: float, y: float) -> QPoint:
        return self.panel.view.viewportTransform().map(QPointF(x, y)).toPoint()

    def press(self, at: object, keys: Qt.KeyboardModifier = NO_KEY, button: Qt.MouseButton = LEFT) -> QPoint:
        place = self.place(at)  # type: ignore[arg-type]
        QTest.mousePress(self.viewport, button, keys, place)
        return place

    def move(self, start: object, end: object, steps: int = 4) -> QPoint:
        a, b = self.place(start), self.place(end)  # type: ignore[arg-type]
        for i in range(1, steps + 1):
            QTest.mouseMove(self.viewport, a + (b - a) * i / steps)
        return b

    def release(self, at: object, keys: Qt.KeyboardModifier = NO_KEY, button: Qt.MouseButton = LEFT) -> None:
        QTest.mouseRelease(self.viewport, button, keys, self.place(at))  # type: ignore[arg-type]

    def drag(
        self, start: object, end: object, keys: Qt.KeyboardModifier = NO_KEY, button: Qt.MouseButton = LEFT
    ) -> None:
        a = self.press(start, keys, button)
        self.release(self.move(a, end), keys, button)

    def click(self, at: object, keys: Qt.KeyboardModifier = NO_KEY) -> None:
        self.release(self.press(at, keys), keys)

    def double_click(self, at: object) -> None:
        QTest.mouseDClick(self.viewport, LEFT, NO_KEY, self.place(at))  # type: ignore[arg-type]

    def key(self, key: Qt.Key, keys: Qt.KeyboardModifier = NO_KEY, to: QWidget | None = None) -> None:
        QTest.keyClick(to or self.panel.view, key, keys)

    def middle_of(self, source: str, target: str) -> QPoint:
        """The middle of a wire, in the viewport."""
        item = self.panel.view.graph_scene.wires[wire(source, target), 0]
        return self.panel.view.viewportTransform().map((item.start + item.end) / 2).toPoint()


def seen(panel: CanvasPanel, rect: QRectF) -> bool:
    return QRectF(panel.viewport().rect()).contains(rect)


@pytest.fixture
def started(qtbot: QtBot) -> Iterator[Session]:
    """A session with the small graph, of the real catalogue."""
    session = Session(make_trainer=FakeTrainer())
    session.open_graph(small_graph())
    yield session
    assert session.training.wait(3)


@pytest.fixture
def canvas(qtbot: QtBot, started: Session) -> CanvasPanel:
    """A canvas that shows the small graph in full, larger than life by nothing."""
    panel = CanvasPanel(started)
    qtbot.addWidget(panel)
    panel.resize(1000, 640)
    panel.show()
    panel.view.centerOn(370, 150)
    panel.view.setFocus()
    QApplication.processEvents()
    return panel


@pytest.fixture
def hand(canvas: CanvasPanel) -> Hand:
    return Hand(canvas)
