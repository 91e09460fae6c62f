"""Nodes that glide to their new places, so that the eye can follow an automatic layout."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QEasingCurve, QObject, QVariantAnimation

from netstudio.graph.document import Position
from netstudio.gui.canvas.scene import GraphScene

DURATION = 260  # milliseconds


class Glide(QVariantAnimation):
    """Moves items for the eye alone: the document is changed already, at once."""

    def __init__(self, scene: GraphScene, parent: QObject) -> None:
        super().__init__(parent)
        self._scene = scene
        self._from: Mapping[str, Position] = {}
        self._to: Mapping[str, Position] = {}
        self.setStartValue(0.0)
        self.setEndValue(1.0)
        self.setDuration(DURATION)
        self.setEasingCurve(QEasingCurve.Type.OutCubic)
        self.valueChanged.connect(self._show)

    def run(self, start: Mapping[str, Position], end: Mapping[str, Position]) -> None:
        self.stop()
        self._from, self._to = start, end
        self._show(0.0)
        self.start()

    def finish(self) -> None:
        """Put everything where it belongs now: the graph has changed."""
        if self.state() == QVariantAnimation.State.Running:
            self.stop()
            self._show(1.0)

    def _show(self, share: float) -> None:
        def between(a: Position, b: Position) -> Position:
            return a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share

        self._scene.place({id: between(self._from[id], to) for id, to in self._to.items()})
