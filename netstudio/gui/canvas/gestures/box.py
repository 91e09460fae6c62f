"""Selecting by a box; a click on empty canvas selects nothing."""

from __future__ import annotations

from PySide6.QtCore import QRectF

from netstudio.gui.canvas.gestures.base import Gesture, Pointer


class BoxSelect(Gesture):
    """Select what the box touches; Shift adds to what was selected."""

    def begin(self) -> None:
        self._before = self.session.selection

    def drag(self, at: Pointer) -> None:
        box = QRectF(self.pressed.scene, at.scene).normalized()
        self.view.show_box(box)
        touched = self.scene.nodes_in(box)
        kept = self._before if self.pressed.shift else ()
        self.session.select(dict.fromkeys((*kept, *touched)))

    def drop(self, at: Pointer) -> None:
        self.drag(at)
        self.view.show_box(None)

    def click(self, at: Pointer) -> None:
        if not at.shift:
            self.session.select(())
        self.scene.choose_wires(())

    def cancel(self) -> None:
        self.view.show_box(None)
        if self.dragging:
            self.session.select(self._before)
