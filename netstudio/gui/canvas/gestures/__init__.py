"""Mouse gestures: each an object from press to release, shown while it goes on, one edit when it ends."""

from netstudio.gui.canvas.gestures.base import Gesture, Pointer
from netstudio.gui.canvas.gestures.choose import gesture_for

__all__ = ["Gesture", "Pointer", "gesture_for"]
