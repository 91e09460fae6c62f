"""Making a note or a frame larger or smaller by its corner."""

from __future__ import annotations

from PySide6.QtCore import Qt

from netstudio.annotations import SMALLEST
from netstudio.graph.edits import SetParams
from netstudio.gui.canvas.align import snapped
from netstudio.gui.canvas.geometry import GRID
from netstudio.gui.canvas.gestures.base import NodeGesture, Pointer


class Resize(NodeGesture):
    """The lower right corner follows the mouse, the upper left one stays."""

    cursor = Qt.CursorShape.SizeFDiagCursor

    def begin(self) -> None:
        card = self.scene.nodes[self.node].card
        self._from = (card.width(), card.height())
        self.session.select((self.node,))

    def drag(self, at: Pointer) -> None:
        self.scene.nodes[self.node].resize(self._size(at))

    def drop(self, at: Pointer) -> None:
        width, height = self._size(at)
        if not self.session.apply_here(SetParams(self.node, {"size": [int(width), int(height)]})):
            self.cancel()

    def click(self, at: Pointer) -> None:
        self.session.select((self.node,))

    def cancel(self) -> None:
        if self.dragging:
            self.scene.nodes[self.node].resize(self._from)

    def _size(self, at: Pointer) -> tuple[float, float]:
        across, down = (at.scene - self.pressed.scene).toTuple()
        size = (self._from[0] + across, self._from[1] + down)
        if self.view.snaps:
            size = snapped(size, GRID)
        return float(max(round(size[0]), SMALLEST)), float(max(round(size[1]), SMALLEST))
