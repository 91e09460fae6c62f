"""How fast the editor is: 500 nodes and 700 wires, without a screen. Run by hand: python -m tests.gui.measure_editor

Prints medians in milliseconds and what they should be at most, and ends with 1 where one is not kept.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from netstudio.files.documents import save_graph
from netstudio.graph import Graph, Node, Wire, edits
from netstudio.graph.layout import layout
from netstudio.gui.app import application, create_window
from netstudio.gui.canvas.scene import GraphScene
from netstudio.gui.session import Session
from netstudio.gui.theme import current_theme
from netstudio.gui.window import WARM_UP_AFTER_MS, MainWindow

ROUNDS = 15
LEFT, NO_KEY = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


def blocks(nodes: int) -> Graph:
    """Residual blocks, five nodes and seven wires each: Dense, BatchNormalization, ReLU, Dense, Add; and a loss."""
    made: dict[str, Node] = {"x": Node("x", "Input", {"shape": [32]}, (0.0, 0.0))}
    wires: list[Wire] = []

    def add(id: str, type: str, *feeds: str, **params: object) -> str:
        at = len(made)
        made[id] = Node(id, type, params, (200.0 * (at % 25), 110.0 * (at // 25)))
        wires.extend(Wire.parse(f"{feed}.out", f"{id}.in") for feed in feeds)
        return id

    last = "x"
    for i in range((nodes - 3) // 5):
        first = add(f"d{i}", "Dense", last, units=32)
        normal = add(f"n{i}", "BatchNormalization", first)
        active = add(f"r{i}", "ReLU", normal)
        second = add(f"e{i}", "Dense", active, units=32)
        last = add(f"a{i}", "Add", second, last, first)
    made["y"] = Node("y", "Target", {"shape": [32]}, (0.0, -200.0))
    made["loss"] = Node("loss", "MeanSquaredError", {}, (5000.0, -200.0))
    wires += [Wire.parse(f"{last}.out", "loss.pred"), Wire.parse("y.out", "loss.target")]
    return Graph("large", made, tuple(wires))


def timed(do: Callable[[], object], rounds: int = ROUNDS, before: Callable[[], object] = lambda: None) -> float:
    """The median of `rounds` calls, in milliseconds, after one that does not count."""
    times = []
    for _ in range(rounds + 1):
        before()
        start = time.perf_counter()
        do()
        times.append(1000 * (time.perf_counter() - start))
    return median(times[1:])


def built(graph: Graph, session: Session) -> float:
    def build() -> None:
        scene = GraphScene(session.catalogue, current_theme())
        scene.sync(graph, session.analysis, session.problems)
        scene.deleteLater()

    return timed(build, 5)


def dragged(window: MainWindow, ids: list[str]) -> float:
    """A frame while `ids` are dragged by real events: the gesture and the repaint."""
    viewport = window.canvas.viewport()
    window.session.select(ids)
    at = window.canvas.node_rect(ids[0]).center().toPoint()
    QTest.mousePress(viewport, LEFT, NO_KEY, at)
    QTest.mouseMove(viewport, at + QPoint(12, 12))
    steps = iter(range(1, 1000))

    def move() -> None:
        step = next(steps)
        QTest.mouseMove(viewport, at + QPoint(12 + 3 * step, 12 + step % 5))
        QApplication.processEvents()

    found = timed(move)
    QTest.mouseRelease(viewport, LEFT, NO_KEY, at)
    window.session.undo()
    return found


def repainted(window: MainWindow) -> None:
    window.canvas.viewport().update()
    QApplication.processEvents()


def edited(window: MainWindow) -> float:
    units = iter(range(33, 1000))

    def edit() -> None:
        window.session.apply(edits.SetParams("d50", {"units": next(units)}))
        QApplication.processEvents()

    return timed(edit)


def undone(window: MainWindow) -> float:
    def undo() -> None:
        window.session.undo()
        QApplication.processEvents()

    return timed(undo, before=lambda: window.session.apply(edits.SetParams("d50", {"units": 7})))


def opened(window: MainWindow, graph: Graph, folder: Path) -> float:
    path = folder / "large.json"
    save_graph(graph, path)

    def open_it() -> None:
        window.documents.open(path)
        QApplication.processEvents()

    def close() -> None:
        window.session.close(window.session.document_of(path))
        QApplication.processEvents()

    return timed(open_it, 5, close)


def settled(window: MainWindow) -> None:
    """Wait for what the window imports beside itself when it comes up: that is measured as the start, not here."""
    until = time.perf_counter() + WARM_UP_AFTER_MS / 1000 + 0.2
    while time.perf_counter() < until or window._warm_up.busy:
        QApplication.processEvents()
        time.sleep(0.01)


def main() -> int:
    application()
    folder = Path(tempfile.mkdtemp())
    os.environ["XDG_CONFIG_HOME"] = os.environ["XDG_STATE_HOME"] = str(folder)
    window = create_window()
    assert isinstance(window, MainWindow)
    window.resize(1600, 1000)
    window.show()
    graph = blocks(500)
    window.session.open_graph(graph)
    window.canvas.fit_all()
    QApplication.processEvents()
    settled(window)
    view = window.canvas.view
    rows: list[tuple[str, float, float]] = []

    def note(what: str, most: float, found: float) -> None:
        rows.append((what, found, most))
        print(f"{what:44} {found:8.1f} ms   at most {most:.0f}", flush=True)

    print(f"{len(graph.nodes)} nodes, {len(graph.wires)} wires")
    note("the scene built", 100, built(graph, window.session))
    note("a frame at full view", 16, timed(lambda: repainted(window)))
    note("a frame, one node dragged at full view", 16, dragged(window, ["d50"]))
    everything = ["d50", *(id for id in graph.nodes if id != "d50")]
    note("a frame, all nodes dragged at full view", 16, dragged(window, everything))
    note("the same at the edge, which scrolls too", 16, dragged(window, list(graph.nodes)))
    view.resetTransform()
    view.look_at(QPointF(*graph.nodes["d50"].pos))
    QApplication.processEvents()
    note("a frame at zoom 1", 16, timed(lambda: repainted(window)))
    note("a frame, one node dragged at zoom 1", 16, dragged(window, ["d50"]))
    note("a frame, all nodes dragged at zoom 1", 16, dragged(window, everything))
    window.canvas.fit_all()
    note("an edit, inferred, checked and repainted", 33, edited(window))
    note("undo, the same", 33, undone(window))
    note("the automatic layout", 100, timed(lambda: layout(graph), 5))
    note("a file of 1,000 nodes opened", 1000, opened(window, blocks(1000), folder))
    window.close_now()
    return int(any(found > most for _, found, most in rows))


if __name__ == "__main__":
    sys.exit(main())
