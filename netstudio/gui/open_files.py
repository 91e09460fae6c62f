"""The files of open documents: whether another program changed one, or another window has it open."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QFileSystemWatcher, QLockFile, QObject

from netstudio.gui.document import Document
from netstudio.gui.session import Session


class OpenFiles(QObject):
    """Follows the session. `changed` is called with a document whose file is not what was read or written here;

    `elsewhere` with a document whose file another window holds, and the number of that window's process. Windows tell
    each other by lock files in `folder`; those of a process that is no more don't count.
    """

    def __init__(
        self,
        session: Session,
        folder: Path,
        changed: Callable[[Document], object],
        elsewhere: Callable[[Document, int], object],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.session, self.folder = session, folder
        self._changed, self._elsewhere = changed, elsewhere
        self._locks: dict[Path, QLockFile] = {}
        self._warned: set[Path] = set()
        self._watcher = QFileSystemWatcher(self)
        self._watcher.fileChanged.connect(self._on_change)
        self._watcher.directoryChanged.connect(self._on_change)
        session.documents_changed.connect(self._sync)
        session.document_changed.connect(self._sync)

    def check(self) -> None:
        """Look at every file now."""
        for document in self.session.documents:
            if document.file_changed:
                self._changed(document)
        self._watch()

    def release(self) -> None:
        """Let other windows have the files."""
        for lock in self._locks.values():
            lock.unlock()
        self._locks.clear()

    def _on_change(self, _path: str) -> None:
        self.check()

    def _sync(self) -> None:
        files = {d.path.resolve(): d for d in self.session.documents if d.path is not None}
        for gone in [path for path in self._locks if path not in files]:
            self._locks.pop(gone).unlock()
        self._warned &= files.keys()
        for path, document in files.items():
            if path not in self._locks:
                self._hold(path, document)
        self._watch()

    def _hold(self, path: Path, document: Document) -> None:
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError:
            return  # nothing can be written there: windows then do not know of each other
        lock = QLockFile(str(self.folder / f"{hashlib.sha256(str(path).encode()).hexdigest()[:32]}.lock"))
        lock.setStaleLockTime(0)  # only the end of its process makes a lock stale
        if lock.tryLock(0):
            self._locks[path] = lock
        elif lock.error() == QLockFile.LockError.LockFailedError and path not in self._warned:
            self._warned.add(path)
            self._elsewhere(document, int(lock.getLockInfo()[0]))

    def _watch(self) -> None:
        """Watch the files and their folders: a program that writes a new file and moves it there changes the folder."""
        paths = [d.path for d in self.session.documents if d.path is not None]
        wanted = {str(p) for path in paths for p in (path, path.parent) if p.exists()}
        now = {*self._watcher.files(), *self._watcher.directories()}
        if now - wanted:
            self._watcher.removePaths(sorted(now - wanted))
        if wanted - now:
            self._watcher.addPaths(sorted(wanted - now))
