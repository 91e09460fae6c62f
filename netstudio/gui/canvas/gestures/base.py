"""What every mouse gesture is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import QPointF, Qt

if TYPE_CHECKING:
    from netstudio.gui.canvas.view import CanvasView

THRESHOLD = 5.0  # pixels; a press that moves less is a click


@dataclass(frozen=True)
class Pointer:
    """Where the mouse is, in the scene and in the viewport, and which keys are held."""

    scene: QPointF
    view: QPointF
    modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier

    @property
    def shift(self) -> bool:
        return bool(self.modifiers & Qt.KeyboardModifier.ShiftModifier)

    @property
    def ctrl(self) -> bool:
        return bool(self.modifiers & Qt.KeyboardModifier.ControlModifier)


class Gesture:
    """One drag of the mouse, from press to release.

    `start`, `move` and `end` are called by the view; `cancel` instead of `end` where Esc was pressed or the document
    changed meanwhile: it leaves everything as it was. What moves is only shown; the document changes in `end`.
    """

    cursor: ClassVar[Qt.CursorShape] = Qt.CursorShape.ArrowCursor
    scrolls: ClassVar[bool] = True  # whether dragging to the edge of the view scrolls it

    def __init__(self, view: CanvasView) -> None:
        self.view = view
        self.scene = view.graph_scene
        self.session = view.session
        self.pressed = Pointer(QPointF(), QPointF())
        self.dragging = False

    def start(self, at: Pointer) -> None:
        self.pressed = at

    def move(self, at: Pointer) -> None:
        if not self.dragging and (at.view - self.pressed.view).manhattanLength() > THRESHOLD:
            self.dragging = True
            self.begin()
        if self.dragging:
            self.drag(at)

    def end(self, at: Pointer) -> None:
        if self.dragging:
            self.drop(at)
        else:
            self.click(at)

    def begin(self) -> None:
        """The press has become a drag."""

    def drag(self, at: Pointer) -> None:
        """The mouse moved while dragging."""

    def drop(self, at: Pointer) -> None:
        """The drag ended: change the document."""

    def click(self, at: Pointer) -> None:
        """The press ended where it began."""

    def cancel(self) -> None:
        """Show everything as it was."""


class NodeGesture(Gesture):
    """A gesture that begins on a node."""

    def __init__(self, view: CanvasView, node: str) -> None:
        super().__init__(view)
        self.node = node
