"""Which keys do what: the table's shortcuts, and the user's own in their place. No two actions share a key."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from PySide6.QtGui import QKeySequence

from netstudio.gui.commands import CANVAS, COMMANDS, Command

Keys = tuple[str, ...]
FIXED = frozenset({"Tab", "Shift+A", "Space", "Esc", "Left", "Right", "Up", "Down", "Alt+Del"})  # the canvas's own
FIXED |= {f"Shift+{arrow}" for arrow in ("Left", "Right", "Up", "Down")}


class Bindings:
    """The keys of each command by id. `own` are the user's; what of them means nothing here is passed over."""

    def __init__(self, own: Mapping[str, Iterable[str]] | None = None, commands: Sequence[Command] = COMMANDS) -> None:
        self._table = {c.id: tuple(normal(k) for k in c.shortcuts) for c in commands}
        self._own: dict[str, Keys] = {}
        for id, keys in (own or {}).items():
            if id in self._table:
                self._keep(id, tuple(k for k in map(normal, keys) if k))
        for id in [id for id in self._own if any(self.taken(id, k) for k in self._own[id])]:
            del self._own[id]  # a clash, written by hand: the table stands

    @property
    def own(self) -> Mapping[str, Keys]:
        """What differs from the table."""
        return self._own

    def keys(self, id: str) -> Keys:
        return self._own.get(id, self._table[id])

    def taken(self, id: str, key: str) -> str | None:
        """What else has `key`: a command's id, or CANVAS for the canvas's own; None where it is free."""
        if normal(key) in FIXED:
            return CANVAS
        return next((other for other in self._table if other != id and normal(key) in self.keys(other)), None)

    def bind(self, id: str, key: str) -> str | None:
        """Make `key` the one key of a command, "" for none.

        Where another command has it, nothing changes and that one's id comes back.
        """
        holder = self.taken(id, key) if key else None
        if holder is None:
            self._keep(id, (normal(key),) if key else ())
        return holder

    def reset(self, id: str) -> str | None:
        """The table's keys again; where another command has one of them, as `bind`."""
        holder = next((h for k in self._table[id] if (h := self.taken(id, k))), None)
        if holder is None:
            self._own.pop(id, None)
        return holder

    def reset_all(self) -> None:
        self._own.clear()

    def _keep(self, id: str, keys: Keys) -> None:
        if keys == self._table[id]:
            self._own.pop(id, None)
        else:
            self._own[id] = keys


def normal(key: str) -> str:
    """A key's one spelling: "ctrl+shift+z" is "Ctrl+Shift+Z"; "" for what is no key."""
    return QKeySequence(key).toString(QKeySequence.SequenceFormat.PortableText)
