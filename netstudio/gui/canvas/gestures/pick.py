"""Selecting a wire."""

from __future__ import annotations

from netstudio.gui.canvas.gestures.base import Gesture, Pointer


class PickWire(Gesture):
    """A click selects the wire under the mouse; Shift keeps what was selected."""

    scrolls = False

    def click(self, at: Pointer) -> None:
        self.view.choose_wire_at(at)
