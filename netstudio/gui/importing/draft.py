"""The data block as it is being put together, and what its source holds, read on a thread after every change."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from netstudio.data.settings.columns import TARGET
from netstudio.data.sources.reuse import Reuse
from netstudio.errors import NetStudioError
from netstudio.graph.edits import plain
from netstudio.gui.background import Background
from netstudio.gui.importing.found import Found, begin, find

SETTLE_MS = 200  # after the last change
LEADING = ("role", "type")  # what is said of a column that other suggestions follow
READING = ("read", "image", "audio")  # what makes other columns of a source
KEPT = ("validation_split", "test_split")  # what holds for any source


class Draft(QObject):
    """`block` is what was said by a person and, where nothing was, what is suggested for the source.

    `changed` comes with every change of it, `read` when `found` or `error` are what it holds now.
    """

    changed = Signal()
    read = Signal()

    def __init__(self, block: Mapping[str, Any], folder: Path | None, seed: int = 0) -> None:
        super().__init__()
        self.block: dict[str, Any] = dict(block)
        self.folder, self.seed = folder, seed
        self.found: Found | None = None
        self.error = ""
        self._said: dict[str, Any] = dict(block)
        self._reuse = Reuse()
        self._suggests = False  # whether suggestions are to be made anew
        self._timer = QTimer(self, singleShot=True, interval=SETTLE_MS)
        self._timer.timeout.connect(self._start)
        self.reader = Background(self)
        self.reader.done.connect(self._on_read)
        self.reader.failed.connect(lambda error: self._take(None, _told(error)))

    @property
    def busy(self) -> bool:
        """Whether the source is being read, or will be."""
        return self._timer.isActive() or self.reader.busy

    @property
    def source(self) -> str:
        return str(self.block.get("source") or "")

    def open(self, source: str) -> None:
        """Begin with another source: nothing that was said of the one before holds for it."""
        self._said = {"source": source} | {name: self._said[name] for name in KEPT if name in self._said}
        self.block = dict(self._said)
        self.found, self._suggests = None, True
        self._touch(0)

    def reread(self) -> None:
        """Read the source as it is, without a change."""
        self._timer.start(0)

    def set(self, name: str, value: Any) -> None:
        """Give a setting a value; None leaves it out."""
        if name in READING:
            self._said.pop("columns", None)
        self._suggests = self._suggests or name in (*READING, "window")
        self._said, self.block = _with(self._said, name, value), _with(self.block, name, value)
        self._touch()

    def set_column(self, names: Iterable[str], setting: str, value: Any) -> None:
        """Say something of columns; None leaves it to be found out. There is one column that is predicted."""
        columns = self._said.get("columns", {})
        if setting == "role" and value == TARGET:
            names = list(names)[:1]
            columns = {n: {k: v for k, v in c.items() if (k, v) != ("role", TARGET)} for n, c in columns.items()}
            self._said = _with(self._said, "target", None)
        said = {**columns, **{name: _with(columns.get(name, {}), setting, value) for name in names}}
        self._said = _with(self._said, "columns", said)
        self._suggests = self._suggests or setting in LEADING
        before = self.block.get("columns", {})
        shown = {**before, **{name: {**before.get(name, {}), **said[name]} for name in names}}
        self.block = _with(self.block, "columns", shown)
        self._touch()

    def wait(self, seconds: float) -> None:
        """Give the thread time to end."""
        self._timer.stop()
        self.reader.wait(seconds)

    def _touch(self, after: int = SETTLE_MS) -> None:
        self.changed.emit()
        self._timer.start(after)

    def _start(self) -> None:
        block, said, folder, seed, reuse = self.block, self._said, self.folder, self.seed, self._reuse
        if not self.source:
            self._take(None, "")
        elif self._suggests:
            self.reader.start(lambda: begin(said, folder, seed, reuse))
        else:
            self.reader.start(lambda: (block, find(block, folder, seed, reuse)))

    def _on_read(self, result: tuple[dict[str, Any], Found]) -> None:
        block, found = result
        if self._suggests:
            self.block, self._suggests = block, False
            self.changed.emit()
        self._take(found, "")

    def _take(self, found: Found | None, error: str) -> None:
        self.found, self.error = found, error
        self.read.emit()


def _with(settings: Mapping[str, Any], name: str, value: Any) -> dict[str, Any]:
    """The settings with another value for one of them; None leaves it out."""
    return {k: v for k, v in {**settings, name: plain(value)}.items() if v is not None}


def _told(error: Exception) -> str:
    return str(error) if isinstance(error, NetStudioError) else f"The data can't be read: {error!r}"
