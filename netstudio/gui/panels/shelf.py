"""The node types that stand first in the palette: favourites, and those that were added last."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, Signal

LATEST = 6  # types that were added last


class Shelf(QObject):
    """Two lists of type names; `changed` comes when either changes."""

    changed = Signal()

    def __init__(
        self, parent: QObject | None = None, favourites: Sequence[str] = (), added: Sequence[str] = ()
    ) -> None:
        super().__init__(parent)
        self.favourites = tuple(dict.fromkeys(favourites))
        self.added = tuple(dict.fromkeys(added))[:LATEST]

    def set_favourite(self, name: str, wanted: bool) -> None:
        kept = tuple(n for n in self.favourites if n != name)
        self.favourites = (*kept, name) if wanted else kept
        self.changed.emit()

    def note_added(self, names: Sequence[str]) -> None:
        """Nodes of these types were added, the last of them last."""
        latest = tuple(dict.fromkeys((*reversed(names), *self.added)))[:LATEST]
        if latest != self.added:
            self.added = latest
            self.changed.emit()
