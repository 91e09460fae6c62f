"""Keys that belong to the canvas itself; those of actions stand in the window's table of actions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QKeyEvent

from netstudio.graph.edits import MoveNodes

if TYPE_CHECKING:
    from netstudio.gui.canvas.view import CanvasView

Key = Qt.Key
ARROWS = {Key.Key_Left: (-1, 0), Key.Key_Right: (1, 0), Key.Key_Up: (0, -1), Key.Key_Down: (0, 1)}
NUDGE, FAR_NUDGE = 8.0, 40.0  # scene units; the second with Shift


def press(view: CanvasView, event: QKeyEvent) -> bool:
    """Do what a key does on the canvas; False where it does nothing here."""
    key, shift = event.key(), bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
    if key == Key.Key_Escape:
        escape(view)
    elif key == Key.Key_Space:
        view.space_held = True
        view.update_cursor()
    elif key == Key.Key_Tab and len(view.session.selection) == 1:
        view.ask_for_next(view.session.selection[0])
    elif key == Key.Key_Tab or (key == Key.Key_A and event.modifiers() == Qt.KeyboardModifier.ShiftModifier):
        view.ask_for_node(view.to_scene(_cursor(view)))
    elif key in (Key.Key_Delete, Key.Key_Backspace):
        view.delete_selected(heal=not event.modifiers() & Qt.KeyboardModifier.AltModifier)
    elif key in ARROWS and not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
        nudge(view, *ARROWS[Key(key)], FAR_NUDGE if shift else NUDGE)
    else:
        return False
    return True


def escape(view: CanvasView) -> None:
    """Leave the gesture that goes on; without one, select nothing; with nothing selected, leave the block."""
    if view.cancel_gesture():
        return
    if view.session.selection or view.graph_scene.chosen_wires:
        view.session.select(())
        view.graph_scene.choose_wires(())
    else:
        view.session.leave_block()


def release(view: CanvasView, event: QKeyEvent) -> bool:
    if event.key() != Key.Key_Space or event.isAutoRepeat():
        return False
    view.space_held = False
    view.update_cursor()
    return True


def nudge(view: CanvasView, across: int, down: int, by: float) -> None:
    """Move the selected nodes a little; nudges in a row are one undo step."""
    session = view.session
    nodes = [session.here.graph.nodes[id] for id in session.selection]
    if nodes and not view.gesture_goes_on:
        to = {n.id: (n.pos[0] + across * by, n.pos[1] + down * by) for n in nodes}
        session.apply_here(MoveNodes(to), merge_key="nudge " + " ".join(to))


def _cursor(view: CanvasView) -> QPointF:
    """Where the mouse is in the viewport, or the viewport's middle where it is elsewhere."""
    return view.last_mouse if view.last_mouse is not None else QPointF(view.viewport().rect().center())
