"""`netstudio gui`: the desktop app. The only command that imports Qt."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from netstudio.errors import NetStudioError

DISPLAYS = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")  # without any of them Qt ends the process
Document = Annotated[Path | None, typer.Argument(metavar="FILE", help="A graph document to open.")]


class NoDisplayError(NetStudioError):
    """The desktop app can't be opened here."""


def gui(file: Document = None) -> None:
    """Open the desktop app."""
    if sys.platform.startswith("linux") and not any(os.environ.get(name) for name in DISPLAYS):
        raise NoDisplayError("there is no screen to open a window on (DISPLAY is not set); see netstudio --help")
    try:
        from netstudio.gui.app import main
    except ImportError as error:
        raise NoDisplayError(
            f"the desktop app can't start, since Qt can't be loaded ({error}); install PySide6-Essentials and the "
            "system's libEGL, or use the other commands: netstudio --help"
        ) from None
    raise SystemExit(main([str(file)] if file else []))
