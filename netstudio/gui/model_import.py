"""Models, of other programs and our own, opened as documents: read beside the window, and kept with their weights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType
from typing import Any

from PySide6.QtCore import QObject, Signal

from netstudio.errors import NetStudioError, OpenSizesError
from netstudio.gui.background import Background
from netstudio.gui.session import Session

Sizes = Mapping[str, Sequence[int]]
OURS = ".npz"
SUFFIXES = (OURS, ".onnx")
STOP_SECONDS = 1.0


def holds_model(path: Path) -> bool:
    """Whether the file can be opened as a model: an .npz may hold data as well."""
    if path.suffix.lower() != OURS:
        return path.suffix.lower() in SUFFIXES
    from netstudio.files.models import JSON
    from netstudio.files.npz import Npz

    with suppress(NetStudioError, OSError), Npz(path) as arrays:
        return JSON in arrays.names
    return False


class ModelImport(QObject):
    """Reads one file at a time; what is dropped meanwhile waits its turn. `opened` carries the path of one that is.

    `sizes_wanted` carries a path, the sizes by input that were said for it, and the OpenSizesError that asks for more.
    """

    opened = Signal(object)
    sizes_wanted = Signal(object, object, object)

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self._waiting: list[tuple[Path, Sizes]] = []
        self._reading: tuple[Path, Sizes] = Path(), {}
        self._work = Background(self)
        self._work.done.connect(self._on_read)
        self._work.failed.connect(self._on_failure)

    def start(self, path: Path, sizes: Sizes = MappingProxyType({})) -> None:
        """Import the file, in a tab of its own; what is wrong with it goes out as a message.

        `sizes` are those of a sample by input, as the file has them, where it leaves them open.
        """
        self._waiting.append((path, sizes))
        if not self._work.busy:
            self._next()

    def wait(self) -> None:
        """Give a file that is being read time to end, and forget it."""
        self._waiting.clear()
        self._work.wait(STOP_SECONDS)

    def _next(self) -> None:
        if self._waiting:
            path, sizes = self._reading = self._waiting.pop(0)
            self.session.message.emit("info", self.tr("Reading {} …").format(path.name))
            self._work.start(lambda: (path, *_read(path, sizes)))

    def _on_read(self, found: tuple[Path, Any, Sequence[str]]) -> None:
        path, model, notes = found
        self.session.open_model(model.graph, model, path.parent, kept=path.suffix.lower() == OURS)
        kept = self.tr("{} is open with its weights: Run begins with them, Export Model keeps them.").format(path.name)
        self.session.message.emit("info", "\n".join([kept, *notes]))
        self.opened.emit(path)
        self._next()

    def _on_failure(self, error: Exception) -> None:
        if isinstance(error, OpenSizesError):
            self.sizes_wanted.emit(*self._reading, error)
            self._next()
            return
        known = isinstance(error, (NetStudioError, OSError))
        told = str(error) if known else self.tr("Could not import: {}").format(f"{type(error).__name__}: {error}")
        self.session.message.emit("error", told)
        self._next()


def _read(path: Path, sizes: Sizes) -> tuple[Any, Sequence[str]]:
    """The model, and what people ought to know of how it was read."""
    if path.suffix.lower() == OURS:
        from netstudio.api import load_model  # the engine takes a while to import

        return load_model(path), ()
    from netstudio.imports import read_import

    imported = read_import(path, sizes)
    return imported.model(), imported.notes
