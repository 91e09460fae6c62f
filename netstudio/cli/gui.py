"""`netstudio gui`: the desktop app. The only command that imports Qt."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from netstudio.errors import NetStudioError

Document = Annotated[Path | None, typer.Argument(metavar="FILE", help="A graph document to open.")]


class NoDisplayError(NetStudioError):
    """The desktop app can't be opened here."""


def gui(file: Document = None) -> None:
    """Open the desktop app."""
    try:
        from netstudio.gui.app import main
    except ImportError as error:
        raise NoDisplayError(
            f"the desktop app can't start, since Qt can't be loaded ({error}); install PySide6-Essentials and the "
            "system's libEGL, or use the other commands: netstudio --help"
        ) from None
    raise SystemExit(main([str(file)] if file else []))
