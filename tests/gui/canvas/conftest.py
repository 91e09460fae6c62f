"""The fixtures of the canvas's tests; tests/gui/conftest.py sees to it that this is read only where Qt is."""

from tests.gui.canvas.hand import *  # noqa: F403
