"""Copies of unsaved documents, for after a crash. Knows no widget.

A copy is a JSON file with the graph document and the file it belongs to. Its name begins with the process that keeps it
and the second that process began, so that another can tell whether its keeper still lives.
"""

from __future__ import annotations

import itertools
import json
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from netstudio.gui.document import Document

FORMAT = "netstudio/recovery"
_NAME = re.compile(r"(\d+)-(\d+)-\d+\.json")
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Found:
    """What a copy holds: the graph document as JSON, and the file it belongs to, if it had one."""

    document: Any
    origin: Path | None


class Recovery:
    """Keeps copies in `folder` while the process lives, and finds those of processes that died."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._copies: dict[Document, tuple[Path, object]] = {}  # (the copy, the graph in it)

    def keep(self, documents: tuple[Document, ...]) -> None:
        """Bring the copies in step: one for each modified document. FileError where one can't be written."""
        self.drop(tuple(d for d in documents if d.modified))
        for document in documents:
            if document.modified and self._copies.get(document, (None, None))[1] is not document.graph:
                self._write(document)

    def drop(self, needed: tuple[Document, ...]) -> None:
        """Remove the copies of all but the documents that need one."""
        for gone in [d for d in self._copies if d not in needed]:
            self._copies.pop(gone)[0].unlink(missing_ok=True)

    def clear(self) -> None:
        """Remove the copies: the process ends as it should."""
        self.drop(())

    def left(self) -> list[Path]:
        """The copies whose keepers are no more, oldest first."""
        try:
            names = [(match, path) for path in self.folder.iterdir() if (match := _NAME.fullmatch(path.name))]
        except OSError:
            return []  # nothing was ever kept
        dead = [path for match, path in names if not _alive(int(match[1]), int(match[2]))]
        return sorted(dead, key=lambda path: path.name)

    def read(self, copy: Path) -> Found:
        """What is in a copy; OSError or ValueError where it can't be read."""
        form = json.loads(copy.read_text(encoding="utf-8"))
        if not isinstance(form, dict) or form.get("format") != FORMAT:
            raise ValueError(f"{copy} is no copy of a graph")
        path = form.get("path")
        return Found(form.get("graph"), Path(path) if isinstance(path, str) else None)

    def _write(self, document: Document) -> None:
        from netstudio.files.atomic import write_text
        from netstudio.files.documents import graph_to_json

        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        known = self._copies.get(document)
        copy = known[0] if known else self.folder / f"{os.getpid()}-{_began(os.getpid())}-{next(_numbers)}.json"
        path = None if document.path is None else str(document.path.resolve())
        form = {"format": FORMAT, "version": 1, "path": path, "graph": graph_to_json(document.graph)}
        write_text(copy, json.dumps(form, ensure_ascii=False))
        self._copies[document] = copy, document.graph


def _began(pid: int) -> int:
    """The second of the epoch in which a process began; 0 where there is no such process."""
    import psutil

    try:
        return int(psutil.Process(pid).create_time())
    except psutil.Error:
        return 0


def _alive(pid: int, began: int) -> bool:
    return abs(_began(pid) - began) <= 1
